package dev.espalier.worker.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.util.cuda.CudaUtils;
import dev.espalier.protocol.UserError;
import java.util.function.LongSupplier;

/** Names of devices in the configuration. */
public final class Devices {
    private Devices() {}

    /** GPUs that libtorch can use; loads it. */
    public static int gpus() {
        return Engine.getEngine("PyTorch").getGpuCount();
    }

    /**
     * Judges a name; the engine is only started if a GPU is asked for.
     *
     * @throws UserError if this machine has no such device
     */
    public static void require(String name) {
        if (!name.equals("auto") && !name.equals("cpu")) {
            parse(name);
        }
    }

    /**
     * Tells how many bytes of a GPU are in use, by whomever; 0 if the name means the processor.
     *
     * @throws UserError if this machine has no such device
     */
    public static LongSupplier memoryInUse(String name) {
        Device device = parse(name);
        return device.isGpu() ? () -> CudaUtils.getGpuMemory(device).getCommitted() : () -> 0;
    }

    static Device parse(String name) {
        Engine engine = Engine.getEngine("PyTorch");
        if (name.equals("auto")) {
            return engine.getGpuCount() > 0 ? Device.gpu(0) : Device.cpu();
        }
        if (name.equals("cpu")) {
            return Device.cpu();
        }
        if (name.matches("cuda:\\d{1,3}")) {
            int index = Integer.parseInt(name.substring(5));
            if (index >= engine.getGpuCount()) {
                throw new UserError(
                        "device " + name + ": this machine shows " + engine.getGpuCount()
                                + " CUDA devices to libtorch; use cpu or auto, which takes a GPU if there is one, or check the driver");
            }
            return Device.gpu(index);
        }
        throw new UserError("device " + name + ": unknown; use auto, cpu or cuda:N");
    }
}
