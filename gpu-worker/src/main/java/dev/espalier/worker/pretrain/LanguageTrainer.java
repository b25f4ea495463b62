package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDManager;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.TokenTensors;

/** Trains every weight of a decoder with cross-entropy. */
public record LanguageTrainer(Decoder model, AllWeights weights) {

    /**
     * What a step came to.
     *
     * @param loss mean cross-entropy before it, nats per token
     * @param norm of the gradient; NaN if the loss was not finite
     */
    public record Outcome(double loss, double norm) {
        /** Whether the weights have moved. */
        public boolean isFinite() {
            return Double.isFinite(norm);
        }
    }

    /**
     * One step; one that is not finite changes nothing, nor does one in which nothing is learnt.
     *
     * @param rows [batch][length] ids of its tokens
     */
    public Outcome step(int[][] rows, double learningRate) {
        if (LearntTokens.predicted(rows) == 0) {
            return new Outcome(Double.NaN, 0);
        }
        Torch torch = model.torch();
        try (NDManager scope = torch.scope()) {
            TrainingPass.Step out = new TrainingPass(model)
                    .language(
                            scope,
                            TokenTensors.ids(torch, scope, rows),
                            TokenTensors.nextTokens(torch, scope, rows),
                            weights.variant(),
                            weights.own());
            double loss = out.losses().get(0).getFloat();
            return new Outcome(loss, Double.isFinite(loss) ? weights.step(scope, out, learningRate) : Double.NaN);
        }
    }
}
