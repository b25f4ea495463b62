# Sourced by benchmarks that measure memory. Linux only.
#   peak LOG COMMAND...    the high-water mark of the command's resident memory, MiB; a failure ends the benchmark with its log
peak() {
    local log=$1 pid now peak=0
    shift
    "$@" >"$log" 2>&1 &
    pid=$!
    while now=$(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
        peak=$now
        sleep 0.5
    done
    wait $pid || { cat "$log" >&2; exit 1; }
    echo "$peak"
}
