package dev.espalier.worker.evaluation;

import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.Arrays;

/** What a model says after each token of a text, to be held against what another program computes of it. */
public final class TokenLogits {
    private TokenLogits() {}

    /**
     * @param tokens ids, T of them
     * @return logits [T, vocabulary], row after row
     * @throws UserError if the vocabulary has no such id
     */
    public static float[] of(Torch torch, Path model, int[] tokens) {
        try (ModelFolder folder = ModelFolder.open(model)) {
            int vocabulary = folder.config().vocabularySize();
            if (Arrays.stream(tokens).anyMatch(token -> token < 0 || token >= vocabulary)) {
                throw new UserError("ids of this model are 0 to " + (vocabulary - 1));
            }
            try (Decoder decoder = Decoder.load(torch, folder, tokens.length, false);
                    NDManager scope = torch.scope()) {
                return decoder.logits(scope, torch.ints(scope, tokens, 1, tokens.length), Variant.INTACT)
                        .toFloatArray();
            }
        }
    }
}
