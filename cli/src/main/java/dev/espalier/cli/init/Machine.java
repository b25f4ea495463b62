package dev.espalier.cli.init;

import dev.espalier.worker.torch.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What of a machine decides about a configuration.
 *
 * @param gpus that libtorch can use
 * @param bf16 whether products of bfloat16 are faster than those of float32
 */
record Machine(int gpus, boolean bf16) {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /** Processors with any of these multiply bfloat16 in hardware. */
    private static final List<String> BF16_FLAGS = List.of("avx512_bf16", "amx_bf16", "bf16");

    /** This one. Loads libtorch. */
    static Machine here() throws IOException {
        int gpus = Devices.gpus();
        return new Machine(
                gpus, gpus > 0 || (Files.isReadable(PROCESSORS) && multiplies(Files.readString(PROCESSORS))));
    }

    /** @param processors /proc/cpuinfo */
    static boolean multiplies(String processors) {
        return processors
                .lines()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .flatMap(line -> Arrays.stream(line.split("\\s+")))
                .anyMatch(BF16_FLAGS::contains);
    }

    String words() {
        String device = gpus == 0 ? "no GPU that libtorch can use" : gpus == 1 ? "one GPU" : gpus + " GPUs";
        return device + ", " + (bf16 ? "bfloat16 in hardware" : "no bfloat16 in hardware");
    }
}
