package dev.espalier.cli;

import dev.espalier.worker.evaluation.TokenLogits;
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
        try (Torch torch = Torch.open("cpu")) {
            String logits = Arrays.toString(TokenLogits.of(torch, model, tokens));
            System.out.println(json ? "{\"logits\": " + logits + "}" : logits);
            return 0;
        }
    }
}
