package dev.espalier.worker.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What the machine's processor can do. */
public final class Processor {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /** Processors with any of these multiply bfloat16 in hardware. */
    private static final List<String> BF16_FLAGS = List.of("avx512_bf16", "amx_bf16", "bf16");

    private static final String AVX512_FLAG = "avx512f";

    private Processor() {}

    /** Whether products of bfloat16 are faster than those of float32; false where the system does not tell. */
    public static boolean multipliesBf16() {
        return multipliesBf16(processors());
    }

    /** Whether vectors of 512 bits are there; false where the system does not tell. */
    public static boolean hasAvx512() {
        return hasAvx512(processors());
    }

    /** @param processors /proc/cpuinfo */
    static boolean multipliesBf16(String processors) {
        return flags(processors).anyMatch(BF16_FLAGS::contains);
    }

    /** @param processors /proc/cpuinfo */
    static boolean hasAvx512(String processors) {
        return flags(processors).anyMatch(AVX512_FLAG::equals);
    }

    private static Stream<String> flags(String processors) {
        return processors
                .lines()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .flatMap(line -> Arrays.stream(line.split("\\s+")));
    }

    private static String processors() {
        try {
            return Files.isReadable(PROCESSORS) ? Files.readString(PROCESSORS) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
