package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Weights and moments in one file, exact to the bit. */
final class PretrainCheckpoint {
    private PretrainCheckpoint() {}

    /**
     * @param step the next step to take
     * @param config the configuration's text, which a resumed training must share
     */
    static void write(Path file, FullTrainer trainer, int step, String config) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        trainer.state()
                .forEach((name, tensor) -> shapes.put(name, tensor.getShape().getShape()));
        Map<String, String> metadata = Map.of(
                "step", Integer.toString(step), "optimizer-steps", Integer.toString(trainer.steps()), "config", config);
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, metadata)) {
            trainer.state().forEach((name, tensor) -> writer.add(name, tensor.toFloatArray()));
            writer.finish();
        }
    }

    /** @return the step to go on with */
    static int read(Path file, FullTrainer trainer, Torch torch, String config) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            Map<String, String> metadata = reader.metadata();
            if (!config.equals(metadata.get("config"))) {
                throw new UserError(file + " belongs to a training with another configuration;"
                        + " give another --out, or delete it to begin anew");
            }
            for (Map.Entry<String, NDArray> tensor : trainer.state().entrySet()) {
                try (NDManager scope = torch.scope()) {
                    float[] values = reader.floats(tensor.getKey());
                    long[] shape = tensor.getValue().getShape().getShape();
                    torch.tensor(scope, "copy_into", tensor.getValue(), torch.floats(scope, values, shape));
                }
            }
            trainer.restoreSteps(Integer.parseInt(metadata.get("optimizer-steps")));
            return Integer.parseInt(metadata.get("step"));
        }
    }
}
