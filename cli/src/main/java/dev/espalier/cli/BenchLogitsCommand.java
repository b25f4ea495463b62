package dev.espalier.cli;

import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code espalier bench-logits}: our side of {@code benchmarks/families}. */
@Command(name = "bench-logits", hidden = true, description = "Print a model's logits after each token.")
public final class BenchLogitsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL_DIR")
    private Path model;

    @Option(names = "--tokens", split = ",", required = true, description = "Ids.")
    private int[] tokens;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Override
    public Integer call() {
        try (Torch torch = Torch.open("cpu");
                ModelFolder folder = ModelFolder.open(model);
                Decoder decoder = Decoder.load(torch, folder, tokens.length, false);
                NDManager scope = torch.scope()) {
            int vocabulary = folder.config().vocabularySize();
            if (Arrays.stream(tokens).anyMatch(token -> token < 0 || token >= vocabulary)) {
                throw new UserError("--tokens: ids are 0 to " + (vocabulary - 1));
            }
            float[] logits = decoder.logits(scope, torch.ints(scope, tokens, 1, tokens.length), Variant.INTACT)
                    .toFloatArray();
            System.out.println(json ? "{\"logits\": " + Arrays.toString(logits) + "}" : Arrays.toString(logits));
            return 0;
        }
    }
}
