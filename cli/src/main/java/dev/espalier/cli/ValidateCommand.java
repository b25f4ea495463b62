package dev.espalier.cli;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.export.CompanionFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code espalier validate}: all that is wrong with a run's input, in one go and without starting it. */
@Command(
        name = "validate",
        description = {
            "Check a run's configuration, model, texts and disk without starting it.",
            "Everything that is wrong is told in one go."
        },
        mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {
    @Mixin
    private RunOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        ResolvedRun run = options.read(spec.commandLine().getErr());
        List<String> notes = new ArrayList<>();
        RunPlan plan = Preflight.check(run, notes::add);
        spec.commandLine().getOut().println(plan.summary());
        TextsFound.lines(run.config().data()).forEach(spec.commandLine().getOut()::println);
        if (run.config().stages().contains(Stage.EXPORT)) {
            notes.addAll(CompanionFiles.leftOut(run.config().model().path()));
        }
        notes.forEach(sentence -> spec.commandLine().getOut().println("note     " + sentence));
        return ExitCode.DONE;
    }
}
