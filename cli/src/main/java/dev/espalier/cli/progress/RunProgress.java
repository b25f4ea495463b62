package dev.espalier.cli.progress;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Tells a run's stages as they come and go, and each step as it is taken. */
public final class RunProgress implements RunListener {
    /** Of so many last steps, the median time is what a step takes: the first ones are slow. */
    private static final int RECENT = 15;

    private final Console console;
    private final StagePlan plan;
    private final Map<Stage, Long> startedAt = new HashMap<>();
    private final Deque<Double> recent = new ArrayDeque<>();
    private boolean waits;

    public RunProgress(Console console, StagePlan plan) {
        this.console = console;
        this.plan = plan;
    }

    @Override
    public void stageChanged(Stage stage, StageState state, String cause) {
        switch (state) {
            case RUNNING -> started(stage);
            case COMPLETED -> completed(stage);
            case SKIPPED -> console.say(named(stage) + "skipped");
            case PAUSED -> console.say(named(stage) + "paused");
            case FAILED -> console.say(named(stage) + "failed");
            case PENDING -> console.say(named(stage) + "will be done again: " + cause);
        }
    }

    private void started(Stage stage) {
        recent.clear();
        if (startedAt.put(stage, System.nanoTime()) == null) {
            console.say(named(stage) + "started");
        }
    }

    private void completed(Stage stage) {
        Long from = startedAt.get(stage);
        console.say(named(stage)
                + (from == null ? "already done" : "done in " + Bar.duration((System.nanoTime() - from) / 1e9)));
    }

    @Override
    public void stepped(StepMetrics step) {
        double seconds = usual(step.seconds());
        int steps = plan.steps(step.stage());
        int done = step.step() + 1;
        StringBuilder line =
                new StringBuilder(Bar.of(console.live(), step.stage().word(), done, steps));
        if (step.stage().kind().equals(Stage.PRUNE.kind())) {
            line.append(format(
                    "  sparsity %.1f/%.1f%%",
                    100 * step.value(StepFields.SPARSITY_EXPECTED), 100 * step.value(StepFields.SPARSITY_TARGET)));
        }
        double loss = step.value(StepFields.LOSS);
        // In conversations longer than a sequence there may be no answer; of a step that diverged the gradient is no
        // number either.
        boolean nothing = Double.isNaN(loss) && step.value(StepFields.GRADIENT_NORM) == 0;
        line.append(nothing ? "  nothing to learn" : format("  loss %.4f", loss));
        if (!step.teacher().equals(StepMetrics.NO_TEACHER)) {
            line.append("  teacher ")
                    .append(step.teacher())
                    .append(step.teacher().equals(StepMetrics.INTACT) ? "" : "%");
        }
        if (seconds > 0) {
            line.append(format("  %.0f tokens/s  ", step.tokens() / seconds));
            line.append(Bar.duration(seconds * (steps - done))).append(" left");
        }
        console.show(line.toString());
    }

    private double usual(double newest) {
        recent.addLast(newest);
        if (recent.size() > RECENT) {
            recent.removeFirst();
        }
        return recent.stream().sorted().skip(recent.size() / 2).findFirst().orElse(newest);
    }

    @Override
    public void progressed(Stage stage, long done, long total, String what) {
        console.show(Bar.of(console.live(), stage.word(), done, total) + " " + what);
    }

    @Override
    public void waits(Optional<String> waiting) {
        if (waiting.isPresent()) {
            String line = "waiting: " + waiting.get();
            if (waits) {
                console.show(line);
            } else {
                console.say(line);
            }
        }
        waits = waiting.isPresent();
    }

    @Override
    public void attemptFailed(Stage stage, int attempt, String cause) {
        console.say(named(stage) + "attempt " + attempt + " failed: " + cause);
    }

    @Override
    public void ended(RunOutcome outcome) {
        console.clear();
    }

    @Override
    public void broken(Throwable cause) {
        console.clear();
    }

    private static String named(Stage stage) {
        return format("%-11s ", stage.word());
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
