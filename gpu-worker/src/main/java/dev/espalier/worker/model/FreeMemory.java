package dev.espalier.worker.model;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.torch.NativeHeap;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Main memory that this process may still take. Linux gives memory away that it does not have and kills who uses it, so
 * a model that does not fit has to be refused before it is loaded.
 */
final class FreeMemory {
    private static final Path MACHINE = Path.of("/proc/meminfo");
    private static final Path PROCESS = Path.of("/proc/self/status");
    private static final double GIB = 1L << 30;

    private FreeMemory() {}

    /**
     * Refuses what does not fit.
     *
     * @param bytes that will be needed
     * @param what needs them
     * @throws UserError if less is free; never where the system does not tell
     */
    static void require(long bytes, String what) {
        OptionalLong free = bytes();
        if (free.isPresent() && bytes > free.getAsLong()) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "%s takes %.1f GiB of memory, and only %.1f GiB are free: use a machine or a container with more, end"
                            + " other programs, or, for a run, set model.dtype = bf16",
                    what,
                    bytes / GIB,
                    free.getAsLong() / GIB));
        }
    }

    /** Whether so much is free; true where the system does not tell. */
    static boolean holds(long bytes) {
        OptionalLong free = bytes();
        return free.isEmpty() || bytes <= free.getAsLong();
    }

    private static OptionalLong bytes() {
        if (!Files.isReadable(MACHINE)
                || !Files.isReadable(PROCESS)
                || !(ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system)) {
            return OptionalLong.empty();
        }
        NativeHeap.giveBack();
        try {
            return bytes(Files.readString(MACHINE), Files.readString(PROCESS), system.getTotalMemorySize());
        } catch (IOException e) {
            // It was there a moment ago: a system that does not tell.
            return OptionalLong.empty();
        }
    }

    /**
     * @param machine /proc/meminfo
     * @param process /proc/self/status
     * @param bound of this process's container, or what the machine has
     */
    static OptionalLong bytes(String machine, String process, long bound) {
        OptionalLong available = field(machine, "MemAvailable");
        // what is mapped from files, as weights are, can be read again; old kernels do not tell it apart
        OptionalLong anonymous = field(process, "RssAnon");
        OptionalLong taken = anonymous.isPresent() ? anonymous : field(process, "VmRSS");
        if (available.isEmpty() || taken.isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(Math.max(0, Math.min(available.getAsLong(), bound - taken.getAsLong())));
    }

    private static OptionalLong field(String text, String name) {
        Matcher line = Pattern.compile("^" + name + ":\\s+(\\d{1,15}) kB$", Pattern.MULTILINE)
                .matcher(text);
        return line.find() ? OptionalLong.of(Long.parseLong(line.group(1)) << 10) : OptionalLong.empty();
    }
}
