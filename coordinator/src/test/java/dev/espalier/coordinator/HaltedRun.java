package dev.espalier.coordinator;

import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.ResolvedRun;
import java.nio.file.Path;
import java.util.Optional;

/** A process that dies without warning while the fourth slice of pruning is in flight. */
final class HaltedRun {
    static final int EXIT_CODE = 9;

    private HaltedRun() {}

    /** @param args the run folder and the configuration's text */
    public static void main(String[] args) throws Exception {
        FakeWorker worker = new FakeWorker(assignment -> {
            if (assignment.key().stage().equals(Stage.PRUNE) && assignment.key().sequence() == 3) {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
            return Optional.empty();
        });
        LocalRun.execute(
                new ResolvedRun(new RunConfigs().build(), args[1], Path.of(args[0])),
                TeachingMethod.STAGES,
                Optional.empty(),
                worker.behavior(),
                "pekko.actor.default-dispatcher",
                RunListener.NONE,
                LocalRun.Companion.NONE);
    }
}
