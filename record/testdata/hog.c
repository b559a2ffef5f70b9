// Touches memory, a page at a time, up to a bound, for a kernel that ends it before.
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 << 20, PAGE = 4096 };

int main(void)
{
	char *memory = malloc(MOST);

	if (!memory)
		return 99;
	for (int at = 0; at < MOST; at += PAGE)
		memset(memory + at, 1, PAGE);
	return 0;
}
