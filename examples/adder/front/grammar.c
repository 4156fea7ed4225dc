/* SPDX-License-Identifier: MIT */
/* Copyright the tarn authors */
/*
 * The grammar of Python 3.11, less what refuse.h lists, as a parsing expression grammar.
 *
 * Notation: 'word' is a token, "word" a name that is special here only; [x] and x? may be
 * absent; x* and x+ repeat; 's'.x+ is x joined by s; &x and !x look ahead; ~ rules out the
 * alternatives that follow; &&x must come, or "expected 'x'" is the error. field=x puts
 * what x gives into a field of the node that the alternative makes:
 *
 *   -> KIND.OP        a node; its fields are those named
 *   -> name()         what the function of that name in build.c gives
 *   -> refuse(what)   the subset lacks it
 *   -> !a,b "text"    a syntax error from a to b: %e says what kind of expression a is, %n
 *                     its name, %l its line; `!a,.` ends where the lexer is; `!i` is an
 *                     IndentationError and, as without a field, at the last token
 *
 * and without an arrow the alternative gives `it`, or else its last item. "memo" marks
 * rules tried more than once at a place.
 *
 * A first pass reads correct programs and skips the rules called invalid_...; when it fails,
 * a second takes them too, and they name the mistake as CPython's rules of the same names do.
 */
#include "front/peg.h"

/* clang-format off */
#define TEXT(...) #__VA_ARGS__

const char *const grammar_text[] = {
TEXT(
file: list=[statements] ENDMARKER -> MODULE;
eval: a=expressions NEWLINE* ENDMARKER -> evaluated();
fstring: star_expressions;

statements: list=statement+ -> flattened();
statement: a=compound_stmt -> single() | simple_stmts;
simple_stmts: a=simple_stmt !';' NEWLINE -> single()
  | it=';'.simple_stmt+ [';'] NEWLINE;
simple_stmt (memo): assignment
  | a=star_expressions -> EXPRESSION
  | &'return' 'return' a=[star_expressions] -> RETURN
  | &('import' | 'from') import_stmt
  | &'raise' raise_stmt
  | 'pass' -> PASS
  | &'del' del_stmt
  | &'yield' a=yield_expr -> EXPRESSION
  | &'assert' 'assert' a=expression b=[',' it=expression] -> ASSERT
  | 'break' -> BREAK
  | 'continue' -> CONTINUE
  | &'global' 'global' list=','.NAME+ -> GLOBAL
  | &'nonlocal' 'nonlocal' list=','.NAME+ -> NONLOCAL;
compound_stmt: &('def' | '@') function_def
  | &'async' refused_async
  | &'if' if_stmt
  | &('class' | '@') class_def
  | &'with' with_stmt
  | &'for' for_stmt
  | &'try' try_stmt
  | &'while' while_stmt
  | refused_match;
refused_async: 'async' ('def' | 'with' | 'for') -> refuse(async);
refused_match: "match" expressions ':' NEWLINE INDENT "case" -> refuse(match);

assignment: a=NAME ':' b=expression c=['=' it=annotated_rhs] -> ANNOTATE
  | a=('(' it=single_target ')' -> parenthesised() | single_subscript_attribute_target)
    ':' b=expression c=['=' it=annotated_rhs] -> ANNOTATE
  | list=(it=star_targets '=')+ a=(yield_expr | star_expressions) !'=' -> ASSIGN
  | a=single_target op=augassign ~ b=(yield_expr | star_expressions) -> AUGMENT
  | invalid_assignment;
annotated_rhs: yield_expr | star_expressions;
augassign: '+=' -> AUGMENT.ADD | '-=' -> AUGMENT.SUB | '*=' -> AUGMENT.MUL
  | '@=' -> AUGMENT.MATMUL | '/=' -> AUGMENT.TRUEDIV | '%=' -> AUGMENT.MOD
  | '&=' -> AUGMENT.AND | '|=' -> AUGMENT.OR | '^=' -> AUGMENT.XOR
  | '<<=' -> AUGMENT.LSHIFT | '>>=' -> AUGMENT.RSHIFT | '**=' -> AUGMENT.POW
  | '//=' -> AUGMENT.FLOORDIV;
raise_stmt: 'raise' a=expression b=['from' it=expression] -> RAISE | 'raise' -> RAISE;
del_stmt: 'del' list=del_targets &(';' | NEWLINE) -> DELETE | invalid_del_stmt;

import_stmt: 'import' list=','.dotted_as_name+ -> IMPORT
  | 'from' list2=('.' | '...')* value=dotted_name 'import' list=import_from_targets
    -> import_from()
  | 'from' list2=('.' | '...')+ 'import' list=import_from_targets -> import_from();
import_from_targets: '(' it=','.import_from_as_name+ [','] ')'
  | it=','.import_from_as_name+ !','
  | '*' -> nothing()
  | invalid_import_from_targets;
import_from_as_name: value=NAME value2=['as' it=NAME] -> ALIAS;
dotted_as_name: value=dotted_name value2=['as' it=NAME] -> ALIAS;
dotted_name: list='.'.NAME+ -> dotted();
),
TEXT(
block (memo): NEWLINE INDENT it=statements DEDENT | simple_stmts | invalid_block;
decorators: ('@' it=named_expression NEWLINE)+;
class_def: list=decorators a=class_def_raw -> decorated() | class_def_raw;
class_def_raw: invalid_class_def_raw
  | 'class' value=NAME list2=['(' it=[arguments] ')'] ':' list=block -> class();
function_def: list=decorators a=function_def_raw -> decorated() | function_def_raw;
function_def_raw: refused_async
  | invalid_def_raw
  | 'def' value=NAME &&'(' parameters=[params] ')' a=['->' it=expression] &&':' list=block
    -> FUNCTION;
params: invalid_parameters | parameters;
parameters: list=slash_no_default list2=param_no_default* list3=param_with_default* c=[star_etc]
    -> parameters()
  | list=slash_with_default list3=param_with_default* c=[star_etc] -> parameters()
  | list2=param_no_default+ list3=param_with_default* c=[star_etc] -> parameters()
  | list3=param_with_default+ c=[star_etc] -> parameters()
  | c=star_etc -> parameters();
slash_no_default: it=param_no_default+ '/' (',' | &')');
slash_with_default: list=param_no_default* list2=param_with_default+ '/' (',' | &')')
    -> joined_lists();
star_etc: invalid_star_etc
  | '*' a=param_no_default list=param_maybe_default* b=[kwds] -> star_parameters()
  | '*' NAME ':' '*' -> refuse(star_annotation)
  | '*' ',' list=param_maybe_default+ b=[kwds] -> star_parameters()
  | b=kwds -> star_parameters();
kwds: invalid_kwds | '**' it=param_no_default;
param_no_default: it=param (',' | &')');
param_with_default: b=param a=default (',' | &')') -> parameter();
param_maybe_default: b=param a=default? (',' | &')') -> parameter();
param: value=NAME b=[':' it=expression] -> PARAMETER;
default: '=' it=expression | invalid_default;

if_stmt: invalid_if_stmt
  | 'if' a=named_expression ':' list=block x=elif_stmt -> chained_if()
  | 'if' a=named_expression ':' list=block list2=[else_block] -> IF;
elif_stmt: invalid_elif_stmt
  | 'elif' a=named_expression ':' list=block x=elif_stmt -> chained_if()
  | 'elif' a=named_expression ':' list=block list2=[else_block] -> IF;
else_block: invalid_else_stmt | 'else' &&':' it=block;
while_stmt: invalid_while_stmt
  | 'while' a=named_expression ':' list=block list2=[else_block] -> WHILE;
for_stmt: invalid_for_stmt
  | 'for' a=star_targets 'in' ~ b=star_expressions ':' list=block list2=[else_block] -> FOR
  | invalid_for_target;
with_stmt: invalid_with_stmt_indent
  | 'with' '(' list=','.with_item+ [','] ')' ':' list2=block -> WITH
  | 'with' list=','.with_item+ ':' list2=block -> WITH
  | invalid_with_stmt;
with_item: a=expression 'as' b=star_target &(',' | ')' | ':') -> ITEM
  | invalid_with_item
  | a=expression -> ITEM;
try_stmt: invalid_try_stmt
  | 'try' &&':' list=block list4=finally_block -> TRY
  | 'try' &&':' list=block list2=except_block+ list3=[else_block] list4=[finally_block] -> TRY
  | 'try' &&':' block 'except' '*' expression -> refuse(except_star);
except_block: invalid_except_stmt_indent
  | 'except' a=expression value=['as' it=NAME] ':' list=block -> HANDLER
  | 'except' ':' list=block -> HANDLER
  | invalid_except_stmt;
finally_block: invalid_finally_stmt | 'finally' &&':' it=block;
),
TEXT(
expressions: list=','.expression+ c=[','] -> tuple_or_one();
expression (memo): invalid_expression
  | invalid_legacy_expression
  | b=disjunction 'if' a=disjunction 'else' c=expression -> CONDITIONAL
  | disjunction
  | lambdef;
yield_expr: 'yield' 'from' a=expression -> YIELD_FROM | 'yield' a=[star_expressions] -> YIELD;
star_expressions: list=','.star_expression+ c=[','] -> tuple_or_one();
star_expression (memo): '*' a=bitwise_or -> STARRED | expression;
star_named_expressions: it=','.star_named_expression+ [','];
star_named_expression: '*' a=bitwise_or -> STARRED | named_expression;
assignment_expression: value=NAME ':=' ~ a=expression -> NAMED;
named_expression: assignment_expression | invalid_named_expression | it=expression !':=';
disjunction (memo): list='or'.conjunction+ -> disjunction();
conjunction (memo): list='and'.inversion+ -> conjunction();
inversion (memo): 'not' a=inversion -> UNARY.NOT | comparison;
comparison: a=bitwise_or list=compare_op* -> compare();
compare_op: '==' a=bitwise_or -> COMPARE.EQ
  | '!=' a=bitwise_or -> COMPARE.NE
  | '<=' a=bitwise_or -> COMPARE.LE
  | '<' a=bitwise_or -> COMPARE.LT
  | '>=' a=bitwise_or -> COMPARE.GE
  | '>' a=bitwise_or -> COMPARE.GT
  | 'not' 'in' a=bitwise_or -> COMPARE.NOT_IN
  | 'in' a=bitwise_or -> COMPARE.IN
  | 'is' 'not' a=bitwise_or -> COMPARE.IS_NOT
  | 'is' a=bitwise_or -> COMPARE.IS;
bitwise_or (memo): a=bitwise_or '|' b=bitwise_xor -> BINARY.OR | bitwise_xor;
bitwise_xor: a=bitwise_xor '^' b=bitwise_and -> BINARY.XOR | bitwise_and;
bitwise_and: a=bitwise_and '&' b=shift_expr -> BINARY.AND | shift_expr;
shift_expr: a=shift_expr '<<' b=sum -> BINARY.LSHIFT
  | a=shift_expr '>>' b=sum -> BINARY.RSHIFT
  | sum;
sum: a=sum '+' b=term -> BINARY.ADD | a=sum '-' b=term -> BINARY.SUB | term;
term: a=term '*' b=factor -> BINARY.MUL
  | a=term '/' b=factor -> BINARY.TRUEDIV
  | a=term '//' b=factor -> BINARY.FLOORDIV
  | a=term '%' b=factor -> BINARY.MOD
  | a=term '@' b=factor -> BINARY.MATMUL
  | factor;
factor (memo): '+' a=factor -> UNARY.POS
  | '-' a=factor -> UNARY.NEG
  | '~' a=factor -> UNARY.INVERT
  | power;
power: a=await_primary '**' b=factor -> BINARY.POW | await_primary;
await_primary (memo): 'await' primary -> refuse(await) | primary;
primary (memo): a=primary '.' value=NAME -> ATTRIBUTE
  | a=primary b=genexp -> call()
  | a=primary '(' list=[arguments] ')' -> call()
  | a=primary '[' b=slices ']' -> SUBSCRIPT
  | atom;
slices: it=slice !',' | list=','.(slice | starred_expression)+ [','] -> TUPLE;
slice: a=[expression] ':' b=[expression] c=[':' it=[expression]] -> SLICE | named_expression;
atom: NAME
  | 'True' -> constant_true()
  | 'False' -> constant_false()
  | 'None' -> constant_none()
  | &STRING strings
  | NUMBER
  | &'(' (tuple | group | genexp)
  | &'[' (list | listcomp)
  | &'{' (dict | set | dictcomp | setcomp)
  | '...' -> constant_ellipsis();
group: '(' it=(yield_expr | named_expression) ')' -> parenthesised() | invalid_group;
lambdef: 'lambda' parameters=[lambda_params] ':' a=expression -> LAMBDA;
lambda_params: invalid_lambda_parameters | lambda_parameters;
lambda_parameters: list=lambda_slash_no_default list2=lambda_param_no_default*
    list3=lambda_param_with_default* c=[lambda_star_etc] -> parameters()
  | list=lambda_slash_with_default list3=lambda_param_with_default* c=[lambda_star_etc]
    -> parameters()
  | list2=lambda_param_no_default+ list3=lambda_param_with_default* c=[lambda_star_etc]
    -> parameters()
  | list3=lambda_param_with_default+ c=[lambda_star_etc] -> parameters()
  | c=lambda_star_etc -> parameters();
lambda_slash_no_default: it=lambda_param_no_default+ '/' (',' | &':');
lambda_slash_with_default: list=lambda_param_no_default* list2=lambda_param_with_default+ '/'
    (',' | &':') -> joined_lists();
lambda_star_etc: invalid_lambda_star_etc
  | '*' a=lambda_param_no_default list=lambda_param_maybe_default* b=[lambda_kwds]
    -> star_parameters()
  | '*' ',' list=lambda_param_maybe_default+ b=[lambda_kwds] -> star_parameters()
  | b=lambda_kwds -> star_parameters();
lambda_kwds: invalid_lambda_kwds | '**' it=lambda_param_no_default;
lambda_param_no_default: it=lambda_param (',' | &':');
lambda_param_with_default: b=lambda_param a=default (',' | &':') -> parameter();
lambda_param_maybe_default: b=lambda_param a=default? (',' | &':') -> parameter();
lambda_param: value=NAME -> PARAMETER;
),
TEXT(
strings (memo): list=STRING+ -> strings();
list: '[' list=[star_named_expressions] ']' -> LIST;
tuple: '(' list=[a=star_named_expression ',' list=[star_named_expressions] -> first_and_rest()] ')'
    -> TUPLE;
set: '{' list=star_named_expressions '}' -> SET;
dict: '{' list=[double_starred_kvpairs] '}' -> dict()
  | '{' invalid_double_starred_kvpairs '}';
double_starred_kvpairs: it=','.double_starred_kvpair+ [','];
double_starred_kvpair: '**' b=bitwise_or -> KEYWORD | kvpair;
kvpair: a=expression ':' b=expression -> KEYWORD;
for_if_clauses: for_if_clause+;
for_if_clause: 'async' 'for' -> refuse(async)
  | 'for' a=star_targets 'in' ~ b=disjunction list=('if' it=disjunction)* -> FOR_CLAUSE
  | invalid_for_target;
listcomp: '[' a=named_expression list=for_if_clauses ']' -> LIST_COMP | invalid_comprehension;
setcomp: '{' a=named_expression list=for_if_clauses '}' -> SET_COMP | invalid_comprehension;
genexp: '(' a=(assignment_expression | it=expression !':=') list=for_if_clauses ')'
    -> GENERATOR_EXP
  | invalid_comprehension;
dictcomp: '{' x=kvpair list=for_if_clauses '}' -> dict_comp() | invalid_dict_comprehension;
arguments (memo): it=args [','] &')' | invalid_arguments;
args: list=','.(starred_expression | it=(assignment_expression | it=expression !':=') !'=')+
    list2=[',' it=kwargs] -> joined_lists()
  | kwargs;
kwargs: list=','.kwarg_or_starred+ ',' list2=','.kwarg_or_double_starred+ -> joined_lists()
  | ','.kwarg_or_starred+
  | ','.kwarg_or_double_starred+;
starred_expression: '*' a=expression -> STARRED;
kwarg_or_starred: invalid_kwarg | value=NAME '=' a=expression -> KEYWORD | starred_expression;
kwarg_or_double_starred: invalid_kwarg
  | value=NAME '=' a=expression -> KEYWORD
  | '**' a=expression -> KEYWORD;

star_targets: it=star_target !',' | list=','.star_target+ [','] -> TUPLE;
star_targets_tuple_seq: a=star_target list=(',' it=star_target)+ [','] -> first_and_rest()
  | a=star_target ',' -> first_and_rest();
star_target (memo): '*' a=(!'*' it=star_target) -> STARRED | target_with_star_atom;
target_with_star_atom (memo): a=t_primary '.' value=NAME !t_lookahead -> ATTRIBUTE
  | a=t_primary '[' b=slices ']' !t_lookahead -> SUBSCRIPT
  | star_atom;
star_atom: NAME
  | '(' it=target_with_star_atom ')' -> parenthesised()
  | '(' list=[star_targets_tuple_seq] ')' -> TUPLE
  | '[' list=[it=','.star_target+ [',']] ']' -> LIST;
single_target: single_subscript_attribute_target
  | NAME
  | '(' it=single_target ')' -> parenthesised();
single_subscript_attribute_target: a=t_primary '.' value=NAME !t_lookahead -> ATTRIBUTE
  | a=t_primary '[' b=slices ']' !t_lookahead -> SUBSCRIPT;
t_primary (memo): a=t_primary '.' value=NAME &t_lookahead -> ATTRIBUTE
  | a=t_primary '[' b=slices ']' &t_lookahead -> SUBSCRIPT
  | a=t_primary b=genexp &t_lookahead -> call()
  | a=t_primary '(' list=[arguments] ')' &t_lookahead -> call()
  | it=atom &t_lookahead;
t_lookahead: '(' | '[' | '.';
del_targets: it=','.del_target+ [','];
del_target (memo): a=t_primary '.' value=NAME !t_lookahead -> ATTRIBUTE
  | a=t_primary '[' b=slices ']' !t_lookahead -> SUBSCRIPT
  | del_t_atom;
del_t_atom: NAME
  | '(' it=del_target ')' -> parenthesised()
  | '(' list=[del_targets] ')' -> TUPLE
  | '[' list=[del_targets] ']' -> LIST;
),
TEXT(
invalid_arguments: a=args ',' '*' -> first_argument_error()
  | a=expression b=for_if_clauses ',' [args | expression for_if_clauses] -> bare_generator_error()
  | a=NAME b='=' expression for_if_clauses
    -> !a,b "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
  | a=args b=for_if_clauses -> call_generator_error()
  | args ',' a=expression b=for_if_clauses -> later_generator_error()
  | a=args ',' args -> positional_error();
invalid_kwarg: a=('True' | 'False' | 'None') b='=' -> !a,b "cannot assign to %t"
  | a=NAME b='=' expression for_if_clauses
    -> !a,b "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
  | !(NAME '=') a=expression b='='
    -> !a,b "expression cannot contain assignment, perhaps you meant \"==\"?";
expression_without_invalid: b=disjunction 'if' a=disjunction 'else' c=expression -> CONDITIONAL
  | disjunction
  | lambdef;
soft_prefix: a=NAME -> soft_prefix();
invalid_legacy_expression: a=NAME !'(' b=star_expressions -> legacy_error();
invalid_expression: !(NAME STRING | soft_prefix) a=disjunction
    b=expression_without_invalid -> comma_error()
  | a=disjunction 'if' b=disjunction !('else' | ':')
    -> !a,b "expected 'else' after 'if' expression";
invalid_named_expression (memo): a=expression ':=' expression
    -> !a "cannot use assignment expressions with %e"
  | a=NAME '=' b=bitwise_or !('=' | ':=')
    -> !a,b "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
  | !(list | tuple | genexp | 'True' | 'None' | 'False') a=bitwise_or '=' bitwise_or !('=' | ':=')
    -> !a "cannot assign to %e here. Maybe you meant '==' instead of '='?";
invalid_assignment: a=invalid_ann_assign_target ':' expression
    -> !a "only single target (not %e) can be annotated"
  | a=star_named_expression ',' star_named_expressions* ':' expression
    -> !a "only single target (not tuple) can be annotated"
  | a=expression ':' expression -> !a "illegal target for annotation"
  | (star_targets '=')* a=star_expressions '=' -> assign_target_error()
  | (star_targets '=')* a=yield_expr '=' -> !a "assignment to yield expression not possible"
  | a=star_expressions augassign (yield_expr | star_expressions)
    -> !a "'%e' is an illegal expression for augmented assignment";
invalid_ann_assign_target: list | tuple | '(' it=invalid_ann_assign_target ')';
invalid_del_stmt: 'del' a=star_expressions -> delete_target_error();
invalid_block: NEWLINE !INDENT -> !i "expected an indented block";
invalid_comprehension: ('[' | '(' | '{') a=starred_expression for_if_clauses
    -> !a "iterable unpacking cannot be used in comprehension"
  | ('[' | '{') a=star_named_expression ',' list=star_named_expressions for_if_clauses
    -> comprehension_target_error()
  | ('[' | '{') a=star_named_expression b=',' for_if_clauses
    -> !a,b "did you forget parentheses around the comprehension target?";
invalid_dict_comprehension: '{' a='**' bitwise_or for_if_clauses '}'
    -> !a "dict unpacking cannot be used in dict comprehension";
invalid_group: '(' a=starred_expression ')' -> !a "cannot use starred expression here"
  | '(' a='**' expression ')' -> !a "cannot use double starred expression here";
invalid_double_starred_kvpairs: ','.double_starred_kvpair+ ',' invalid_kvpair
  | expression ':' a='*' bitwise_or
    -> !a,. "cannot use a starred expression in a dictionary value"
  | expression a=':' &('}' | ',') -> !a "expression expected after dictionary key and ':'";
invalid_kvpair: a=expression !(':') -> colon_error()
  | expression ':' a='*' bitwise_or
    -> !a,. "cannot use a starred expression in a dictionary value"
  | expression a=':' &('}' | ',') -> !a "expression expected after dictionary key and ':'";
),
TEXT(
invalid_parameters: param_no_default* (slash_with_default | param_with_default+) a=param_no_default
    -> !a "non-default argument follows default argument"
  | param_no_default* a='(' param_no_default+ [','] b=')'
    -> !a,b "Function parameters cannot be parenthesized"
  | a='/' ',' -> !a "at least one argument must precede /"
  | (slash_no_default | slash_with_default) param_maybe_default* a='/'
    -> !a "/ may appear only once"
  | [slash_no_default | slash_with_default] param_maybe_default* '*' (',' | param_no_default)
    param_maybe_default* a='/' -> !a "/ must be ahead of *"
  | param_maybe_default+ '/' a='*' -> !a "expected comma between / and *";
invalid_default: a='=' &(')' | ',') -> !a "expected default value expression";
invalid_star_etc: a='*' (')' | ',' (')' | '**')) -> !a "named arguments must follow bare *"
  | '*' param a='=' -> !a "var-positional argument cannot have default value"
  | '*' (param_no_default | ',') param_maybe_default* a='*' (param_no_default | ',')
    -> !a "* argument may appear only once";
invalid_kwds: '**' param a='=' -> !a "var-keyword argument cannot have default value"
  | '**' param ',' a=param -> !a "arguments cannot follow var-keyword argument"
  | '**' param ',' a=('*' | '**' | '/') -> !a "arguments cannot follow var-keyword argument";
invalid_lambda_parameters: lambda_param_no_default*
    (lambda_slash_with_default | lambda_param_with_default+) a=lambda_param_no_default
    -> !a "non-default argument follows default argument"
  | lambda_param_no_default* a='(' ','.lambda_param+ [','] b=')'
    -> !a,b "Lambda expression parameters cannot be parenthesized"
  | a='/' ',' -> !a "at least one argument must precede /"
  | (lambda_slash_no_default | lambda_slash_with_default) lambda_param_maybe_default* a='/'
    -> !a "/ may appear only once"
  | [lambda_slash_no_default | lambda_slash_with_default] lambda_param_maybe_default* '*'
    (',' | lambda_param_no_default) lambda_param_maybe_default* a='/' -> !a "/ must be ahead of *"
  | lambda_param_maybe_default+ '/' a='*' -> !a "expected comma between / and *";
invalid_lambda_star_etc: '*' (':' | ',' (':' | '**')) -> ! "named arguments must follow bare *"
  | '*' lambda_param a='=' -> !a "var-positional argument cannot have default value"
  | '*' (lambda_param_no_default | ',') lambda_param_maybe_default* a='*'
    (lambda_param_no_default | ',') -> !a "* argument may appear only once";
invalid_lambda_kwds: '**' lambda_param a='='
    -> !a "var-keyword argument cannot have default value"
  | '**' lambda_param ',' a=lambda_param -> !a "arguments cannot follow var-keyword argument"
  | '**' lambda_param ',' a=('*' | '**' | '/')
    -> !a "arguments cannot follow var-keyword argument";
),
TEXT(
invalid_with_item: expression 'as' a=expression &(',' | ')' | ':') -> assign_target_error();
invalid_for_target: 'for' a=star_expressions -> for_target_error();
invalid_import_from_targets: ','.import_from_as_name+ ',' NEWLINE
    -> ! "trailing comma not allowed without surrounding parentheses";
invalid_with_stmt: 'with' ','.(expression ['as' star_target])+ NEWLINE -> ! "expected ':'"
  | 'with' '(' ','.(expressions ['as' star_target])+ [','] ')' NEWLINE -> ! "expected ':'";
invalid_with_stmt_indent: a='with' ','.(expression ['as' star_target])+ ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'with' statement on line %l"
  | a='with' '(' ','.(expressions ['as' star_target])+ [','] ')' ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'with' statement on line %l";
invalid_try_stmt: a='try' ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'try' statement on line %l"
  | 'try' ':' block !('except' | 'finally') -> ! "expected 'except' or 'finally' block";
invalid_except_stmt: 'except' ['*'] a=expression ',' expressions ['as' NAME] ':'
    -> !a,. "multiple exception types must be parenthesized"
  | 'except' ['*'] expression ['as' NAME] NEWLINE -> ! "expected ':'"
  | 'except' NEWLINE -> ! "expected ':'"
  | 'except' '*' (NEWLINE | ':') -> ! "expected one or more exception types";
invalid_finally_stmt: a='finally' ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'finally' statement on line %l";
invalid_except_stmt_indent: a='except' expression ['as' NAME] ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'except' statement on line %l"
  | a='except' ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'except' statement on line %l";
invalid_if_stmt: 'if' named_expression NEWLINE -> ! "expected ':'"
  | a='if' named_expression ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'if' statement on line %l";
invalid_elif_stmt: 'elif' named_expression NEWLINE -> ! "expected ':'"
  | a='elif' named_expression ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'elif' statement on line %l";
invalid_else_stmt: a='else' ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'else' statement on line %l";
invalid_while_stmt: 'while' named_expression NEWLINE -> ! "expected ':'"
  | a='while' named_expression ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'while' statement on line %l";
invalid_for_stmt: 'for' star_targets 'in' star_expressions NEWLINE -> ! "expected ':'"
  | a='for' star_targets 'in' star_expressions ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after 'for' statement on line %l";
invalid_def_raw: a='def' NAME '(' [params] ')' ['->' expression] ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after function definition on line %l";
invalid_class_def_raw: 'class' NAME ['(' [arguments] ')'] NEWLINE -> ! "expected ':'"
  | a='class' NAME ['(' [arguments] ')'] ':' NEWLINE !INDENT
    -> !i,a "expected an indented block after class definition on line %l";
),
NULL,
};
