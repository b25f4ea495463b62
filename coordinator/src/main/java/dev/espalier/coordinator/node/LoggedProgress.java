package dev.espalier.coordinator.node;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.Stage;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes into the node's log what people who look after it want to find there of a run: its turns, not its steps. */
final class LoggedProgress implements RunListener {
    private static final Logger LOG = LoggerFactory.getLogger(LoggedProgress.class);

    @Override
    public void stageChanged(Stage stage, StageState state, String cause) {
        if (state == StageState.FAILED) {
            LOG.warn("{} failed: {}", stage.word(), cause);
        } else {
            LOG.info("{} {}{}", stage.word(), word(state), cause.isEmpty() ? "" : ": " + cause);
        }
    }

    @Override
    public void attemptFailed(Stage stage, int attempt, String cause) {
        LOG.warn("{}: attempt {} failed: {}", stage.word(), attempt, cause);
    }

    @Override
    public void waits(Optional<String> waiting) {
        LOG.info("{}", waiting.map(words -> "waiting: " + words).orElse("goes on"));
    }

    @Override
    public void damaged(Stage stage, String cause) {
        LOG.warn("{}: {}", stage.word(), cause);
    }

    @Override
    public void ended(RunOutcome outcome) {
        LOG.info("the run {}", word(outcome.phase()));
    }

    @Override
    public void broken(Throwable cause) {
        LOG.warn("the run is broken: {}", cause.getMessage());
    }

    private static String word(Enum<?> state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
