/* flight.c - a ring of pointers in memory that a cloned process shares. */
#include "base/flight.h"
#include "base/wait.h"
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

const char *const flight_names[FLIGHT_WHO] = {
	[FLIGHT_COMMAND] = "ring3",
	[FLIGHT_CONTAINER] = "container",
};

/* Two processes write: each takes a number of its own. */
struct ring {
	atomic_uint count;
	struct flight_entry entries[FLIGHT_STEPS];
};
static struct ring own, *ring = &own;

void flight_step(enum flight_who who, const char *what)
{
	const unsigned n = atomic_fetch_add(&ring->count, 1) % FLIGHT_STEPS;

	ring->entries[n] =
		(struct flight_entry){ .what = what, .time = wait_now(), .who = (uint32_t)who };
}

void flight_share(void)
{
	if (ring != &own)
		return;
	void *shared =
		mmap(NULL, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return;
	ring = shared;
	for (unsigned i = 0; i < own.count && i < FLIGHT_STEPS; i++)
		ring->entries[i] = own.entries[i];
	ring->count = own.count;
}

bool flight_entry(size_t i, struct flight_entry *ret)
{
	const unsigned count = ring->count, first = count > FLIGHT_STEPS ? count - FLIGHT_STEPS : 0;

	if (i >= count - first)
		return false;
	*ret = ring->entries[(first + i) % FLIGHT_STEPS];
	if (!ret->what) /* its writer died between the number and the entry */
		ret->what = "?";
	return true;
}

const char *flight_last(enum flight_who who)
{
	const char *last = NULL;
	struct flight_entry e;

	for (size_t i = 0; flight_entry(i, &e); i++)
		if (e.who == (uint32_t)who)
			last = e.what;
	return last;
}
