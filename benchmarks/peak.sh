# Sourced by benchmarks that measure memory. Linux only.
#   peak LOG COMMAND...    the high-water mark of the command's resident memory, MiB; a failure ends the benchmark with its log
#   watch PID FILE         until the process ends, a line for each look at its memory: the time, the most KiB that were resident
#                          since the look before, and the KiB at the moment that are of no file. The system forgets the peak
#                          when told to
#   hold GIB               makes a control group of so much memory, pages of files among it, as on a machine that has no more,
#                          and prints its folder; root alone may
#   inside GROUP COMMAND   the command in such a group, with & behind it
#   release GROUP          when all that was in it has ended
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
watch() {
    while kill -0 "$1" 2>/dev/null; do
        awk -v now="$(date +%s.%N)" '/VmHWM/ {most = $2} /RssAnon/ {own = $2} END {if (own) print now, most, own}' \
            "/proc/$1/status" 2>/dev/null >>"$2" || true
        echo 5 2>/dev/null >"/proc/$1/clear_refs" || true
        sleep 0.1
    done
}
hold() {
    local limit=$(($1 << 30)) folder=/sys/fs/cgroup file=memory.max
    if [ -d "$folder/memory" ]; then
        folder=$folder/memory file=memory.limit_in_bytes
    fi
    folder=$folder/espalier-$$
    if ! { mkdir "$folder" && echo "$limit" >"$folder/$file"; } 2>/dev/null; then
        echo "no control group of $1 GiB of memory can be made in $folder" >&2
        return 1
    fi
    echo "$folder"
}
inside() {
    echo "$BASHPID" >"$1/cgroup.procs"
    shift
    exec "$@"
}
release() {
    # The kernel may take a moment to see that it is empty.
    for _ in 1 2 3 4 5; do
        rmdir "$1" 2>/dev/null && return
        sleep 1
    done
}
