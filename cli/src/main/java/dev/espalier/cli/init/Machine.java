package dev.espalier.cli.init;

import dev.espalier.worker.torch.Devices;
import dev.espalier.worker.torch.Processor;

/**
 * What of a machine decides about a configuration.
 *
 * @param gpus that libtorch can use
 * @param bf16 whether products of bfloat16 are faster than those of float32
 */
record Machine(int gpus, boolean bf16) {
    /** This one. Loads libtorch. */
    static Machine here() {
        int gpus = Devices.gpus();
        return new Machine(gpus, gpus > 0 || Processor.multipliesBf16());
    }

    String words() {
        String device = gpus == 0 ? "no GPU that libtorch can use" : gpus == 1 ? "one GPU" : gpus + " GPUs";
        return device + ", " + (bf16 ? "bfloat16 in hardware" : "no bfloat16 in hardware");
    }
}
