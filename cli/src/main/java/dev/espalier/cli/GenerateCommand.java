package dev.espalier.cli;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.generation.Generator;
import dev.espalier.worker.generation.StopTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier generate}: continues a prompt. */
@Command(name = "generate", description = "Continue a prompt with a model folder.", mixinStandardHelpOptions = true)
public final class GenerateCommand implements Callable<Integer> {
    private static final int MAX_CONTEXT = 4096;

    @Parameters(
            paramLabel = "MODEL",
            converter = ModelOption.class,
            description = "Hugging Face model folder, or the name of a model in the hub's cache.")
    private Path model;

    @Option(names = "--prompt", paramLabel = "TEXT", required = true, description = "What to continue.")
    private String prompt;

    @Option(names = "--tokens", paramLabel = "N", description = "Most tokens to generate (${DEFAULT-VALUE}).")
    private int tokens = 128;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 = always the likeliest token (${DEFAULT-VALUE}).")
    private double temperature = 0;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the choice above temperature 0 (${DEFAULT-VALUE}).")
    private long seed = 42;

    @Option(names = "--device", paramLabel = "NAME", description = "auto, cpu or cuda:N (${DEFAULT-VALUE}).")
    private String device = "auto";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (tokens < 1 || !(temperature >= 0)) {
            throw new UserError("--tokens must be at least 1 and --temperature at least 0");
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Interruption interruption = Interruption.announce(spec.commandLine().getErr(), "");
        try (interruption;
                Torch torch = Torch.open(device);
                ModelFolder folder = ModelFolder.open(model);
                Tokenizer tokenizer = folder.openTokenizer()) {
            int context = Math.min(MAX_CONTEXT, folder.config().maxPositions());
            try (Decoder decoder = Decoder.load(torch, folder, context, false)) {
                out.print(prompt);
                new Generator(decoder, tokenizer, context, StopTokens.of(model, folder.config()))
                        .generate(prompt, tokens, temperature, seed, piece -> {
                            out.print(piece);
                            out.flush();
                        });
                out.println();
            }
        }
        return 0;
    }
}
