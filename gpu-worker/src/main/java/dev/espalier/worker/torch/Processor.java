package dev.espalier.worker.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What the machine's processor can do. */
public final class Processor {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /** Processors with any of these multiply bfloat16 in hardware. */
    private static final List<String> BF16_FLAGS = List.of("avx512_bf16", "amx_bf16", "bf16");

    private Processor() {}

    /** Whether products of bfloat16 are faster than those of float32; false where the system does not tell. */
    public static boolean multipliesBf16() {
        try {
            return Files.isReadable(PROCESSORS) && multipliesBf16(Files.readString(PROCESSORS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param processors /proc/cpuinfo */
    static boolean multipliesBf16(String processors) {
        return processors
                .lines()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .flatMap(line -> Arrays.stream(line.split("\\s+")))
                .anyMatch(BF16_FLAGS::contains);
    }
}
