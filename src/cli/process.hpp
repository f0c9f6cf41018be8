// What holds for this process whatever the command: its signals, its limits, its standard output. Must not know the commands.
#pragma once

namespace assay::cli {

// No core dumps; as many descriptors as the system grants; SIGPIPE and SIGXFSZ are errors of one write.
void prepare_process();

// The exit code of the process, whose command ended with `exit`: standard output is written to its end, or it is said why not.
int flushed(int exit);

}  // namespace assay::cli
