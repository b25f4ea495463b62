package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDManager;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.TokenTensors;

/** Trains every weight of a decoder with cross-entropy. */
public record LanguageTrainer(Decoder model, AllWeights weights) {

    /**
     * One step; one that is not finite changes nothing.
     *
     * @param rows [batch][length] ids of its tokens
     * @return mean cross-entropy before it, nats per token
     */
    public double step(int[][] rows, double learningRate) {
        Torch torch = model.torch();
        try (NDManager scope = torch.scope()) {
            Decoder.Step out = model.languageStep(
                    scope,
                    TokenTensors.ids(torch, scope, rows),
                    TokenTensors.nextTokens(torch, scope, rows),
                    weights.variant(),
                    weights.own());
            double loss = out.losses().get(0).getFloat();
            if (Double.isFinite(loss)) {
                weights.step(scope, out, learningRate);
            }
            return loss;
        }
    }
}
