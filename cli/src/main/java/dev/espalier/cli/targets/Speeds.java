package dev.espalier.cli.targets;

import dev.espalier.protocol.ModelShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.evaluation.ShapeSpeed;
import java.io.IOException;
import java.util.List;

/** Knows how much of a model's time smaller ones take. */
@FunctionalInterface
public interface Speeds {
    /**
     * Of a model in other sizes.
     *
     * @param device as in model.device
     * @return one for each size
     * @throws dev.espalier.protocol.UserError if that is not known and cannot be found out
     */
    List<ShapeSpeed> of(String device, LlamaConfig model, List<ModelShape> sizes) throws IOException;
}
