package dev.espalier.worker.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the machine's processor can do. */
public final class Processor {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /** Processors with any of these multiply bfloat16 faster than float32. */
    private static final List<String> BF16_FLAGS = List.of("amx_bf16", "bf16");

    /**
     * Of AMD's as well. Intel's have it beside AMX; where a virtual machine hides that, they take twice float32's time (Sapphire
     * Rapids: 165 against 305 GFLOP/s on two cores).
     */
    private static final String AMD_BF16_FLAG = "avx512_bf16";

    private static final Pattern AMD = Pattern.compile("(?m)^vendor_id\\s*:\\s*AuthenticAMD$");

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
        boolean amd = AMD.matcher(processors).find();
        return flags(processors).anyMatch(flag -> BF16_FLAGS.contains(flag) || (amd && flag.equals(AMD_BF16_FLAG)));
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
