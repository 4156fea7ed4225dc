# SPDX-License-Identifier: MIT
# Copyright the tarn authors
#
# Finds liburcu's bulletproof flavour. Defines the target tarn::urcu_bp.
find_path(UrcuBp_INCLUDE_DIR urcu/urcu-bp.h)
find_library(UrcuBp_LIBRARY urcu-bp)
find_library(UrcuBp_COMMON_LIBRARY urcu-common)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(UrcuBp
  REQUIRED_VARS UrcuBp_LIBRARY UrcuBp_COMMON_LIBRARY UrcuBp_INCLUDE_DIR)
mark_as_advanced(UrcuBp_INCLUDE_DIR UrcuBp_LIBRARY UrcuBp_COMMON_LIBRARY)

if(UrcuBp_FOUND AND NOT TARGET tarn::urcu_bp)
  add_library(tarn::urcu_bp INTERFACE IMPORTED)
  set_target_properties(tarn::urcu_bp PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${UrcuBp_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${UrcuBp_LIBRARY};${UrcuBp_COMMON_LIBRARY}")
endif()
