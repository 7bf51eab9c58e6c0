// For loops whose length a peer chooses: nobody may hold up the others.
#pragma once
#include "fettle/io/task.h"

namespace fettle::io {

class Loop;

/// Goes on in a later turn, after all that waits already.
Task<void> give_way(Loop& loop);

}  // namespace fettle::io
