package dev.espalier.cli.compare;

import dev.espalier.coordinator.report.ComparedRun;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A method at a target: one run of a comparison. */
record Combination(String method, ResolvedRun run) {
    Path folder() {
        return run.directory();
    }

    /** What its folder is called. */
    String name() {
        return String.valueOf(folder().getFileName());
    }

    /**
     * How far it is.
     *
     * @param cause why it stands, if its manifest does not know
     */
    ComparedRun read(Optional<String> cause) throws IOException {
        RunConfig.Prune prune = run.config().prune();
        String goal = prune.target().equals(Target.SPARSITY)
                ? ComparedRun.percent(prune.sparsity())
                : prune.target().told();
        return ComparedRun.read(name(), method, goal, prune.sparsity(), folder(), cause);
    }
}
