package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDList;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.Surgeon;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.work.Bench;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** FFN channels of the layers that stay, by the closed form (docs/methods/closed-form.md), on what these layers compute now. */
record Width(Bench bench, int channels) {

    /**
     * Writes the model with so many channels in each layer.
     *
     * @param deep the model without the layers that go
     * @return what is left of it, by its own layers
     */
    Compactor.Result write(Decoder deep, Path source, Path target, IntConsumer done) {
        PrunableShape whole = bench.shape();
        PrunableShape shape = new PrunableShape(
                deep.config().layers().size(),
                whole.hidden(),
                whole.queryHeads(),
                whole.kvHeads(),
                whole.headSize(),
                whole.intermediate(),
                List.of(Granularity.FFN),
                whole.headUnit(),
                whole.faithful());
        MaskSet counts = shape.filled(1).mapRows((row, ones) -> {
            double[] gates = ones.clone();
            if (row.structure() == Structure.FFN) {
                Arrays.fill(gates, channels, gates.length, 0);
            }
            return gates;
        });
        Surgeon surgeon = new Surgeon(
                bench.torch(), shape, counts, bench.config().calibrate().damping());
        return new Compactor(deep, shape)
                .write(
                        bench.calibrationRows(),
                        surgeon,
                        new double[0],
                        new NDList(),
                        0,
                        Compactor.shapes(shape, counts),
                        source,
                        target,
                        done);
    }
}
