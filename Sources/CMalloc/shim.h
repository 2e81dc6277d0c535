// glibc's own calls, which its Swift module leaves out: malloc_trim(3), mallinfo(3).
#include <malloc.h>
