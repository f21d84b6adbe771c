# Warnings are errors; release binaries carry the hardening flags of the security checklist.
add_library(erario_options INTERFACE)
target_compile_options(erario_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 inlines one half of the allocator of coroutine frames and takes it for a mismatch.
  target_compile_options(erario_options INTERFACE -Wbidi-chars=any -Wno-mismatched-new-delete)
endif()
target_link_libraries(erario_options INTERFACE Threads::Threads)

if(ERARIO_SANITIZER)
  if(ERARIO_SANITIZER STREQUAL "address")
    set(flags -fsanitize=address,undefined -fno-sanitize-recover=all)
  else()
    # g++ 12 warns that it does not see the fences Asio uses; a false alarm is looked at by hand.
    set(flags -fsanitize=${ERARIO_SANITIZER} -Wno-tsan)
  endif()
  target_compile_options(erario_options INTERFACE ${flags} -fno-omit-frame-pointer)
  target_link_options(erario_options INTERFACE ${flags})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(erario_options INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong
    -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero
    -fno-delete-null-pointer-checks)
  target_link_options(erario_options INTERFACE
    -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen)
endif()
