package dev.espalier.coordinator.listener;

import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Worker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells several listeners, in their order. One that fails is told of in the log; the others and the run go on. */
public final class RunListeners implements RunListener {
    private static final Logger LOG = LoggerFactory.getLogger(RunListeners.class);

    private final List<RunListener> listeners;

    public RunListeners(List<RunListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    private void tell(Consumer<RunListener> news) {
        for (RunListener listener : listeners) {
            try {
                news.accept(listener);
            } catch (RuntimeException e) {
                LOG.warn("{} cannot follow the run", listener.getClass().getSimpleName(), e);
            }
        }
    }

    @Override
    public void stageChanged(Stage stage, StageState state, String cause) {
        tell(listener -> listener.stageChanged(stage, state, cause));
    }

    @Override
    public void stepped(StepMetrics metrics) {
        tell(listener -> listener.stepped(metrics));
    }

    @Override
    public void progressed(Stage stage, long done, long total, String what) {
        tell(listener -> listener.progressed(stage, done, total, what));
    }

    @Override
    public void waits(Optional<String> waiting) {
        tell(listener -> listener.waits(waiting));
    }

    @Override
    public void attemptFailed(Stage stage, int attempt, String cause) {
        tell(listener -> listener.attemptFailed(stage, attempt, cause));
    }

    @Override
    public void changed(RunState state, List<RunEvent> events) {
        tell(listener -> listener.changed(state, events));
    }

    @Override
    public void journalled(Duration took) {
        tell(listener -> listener.journalled(took));
    }

    @Override
    public void blended(int staleness, Duration took) {
        tell(listener -> listener.blended(staleness, took));
    }

    @Override
    public void damaged(Stage stage, String cause) {
        tell(listener -> listener.damaged(stage, cause));
    }

    @Override
    public void stale(Worker.Report report) {
        tell(listener -> listener.stale(report));
    }

    @Override
    public void ended(RunOutcome outcome) {
        tell(listener -> listener.ended(outcome));
    }

    @Override
    public void broken(Throwable cause) {
        tell(listener -> listener.broken(cause));
    }
}
