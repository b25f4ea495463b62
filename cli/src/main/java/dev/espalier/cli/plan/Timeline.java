package dev.espalier.cli.plan;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Watches a run, and takes the time of everything it does. */
final class Timeline implements RunListener {
    private final MemoryWatch memory;
    private final Map<Stage, Observed> stages = new HashMap<>();
    private Recording recording = new Recording();

    Timeline(MemoryWatch memory) {
        this.memory = memory;
    }

    /** By stage, as far as the run came. */
    Map<Stage, Observed> stages() {
        return Map.copyOf(stages);
    }

    @Override
    public void stageChanged(Stage stage, StageState state, String cause) {
        if (state == StageState.RUNNING) {
            recording = new Recording();
            memory.begin();
        } else if (state == StageState.COMPLETED) {
            stages.put(stage, recording.ended(memory));
        }
    }

    @Override
    public void stepped(StepMetrics metrics) {
        recording.stepped(metrics.step(), metrics.seconds());
    }

    @Override
    public void progressed(Stage stage, long done, long total, String what) {
        recording.counted(done, total, what);
    }

    @Override
    public void changed(RunState state, List<RunEvent> events) {
        if (events.stream().anyMatch(RunEvent.Merged.class::isInstance)) {
            recording.merged();
        }
    }

    /** One stage, while it lasts. */
    private static final class Recording {
        private final long began = System.nanoTime();
        private final List<Observed.Step> steps = new ArrayList<>();
        private final List<Double> merging = new ArrayList<>();
        private final List<Observed.Counted> counted = new ArrayList<>();
        private final List<Double> units = new ArrayList<>();
        private long last = began;
        private long done;
        private long total;
        private String what = "";
        private boolean fresh = true;
        private boolean merged;

        void stepped(int step, double seconds) {
            double passed = passed();
            boolean follows = !fresh && what.isEmpty();
            if (follows && merged) {
                merging.add(Math.max(0, passed - seconds));
            }
            // What passes before the first step, and between slices, is not the step's.
            steps.add(new Observed.Step(step, seconds, follows && !merged ? Math.max(0, passed - seconds) : 0));
            finishCounting();
            fresh = false;
            merged = false;
        }

        void counted(long now, long of, String name) {
            double passed = passed();
            if (!name.equals(what) || now <= done) {
                finishCounting();
                what = name;
                total = of;
                // The first of them came after what was done before: loading, for instance.
                done = now;
                return;
            }
            units.add(passed / (now - done));
            done = now;
        }

        private void finishCounting() {
            if (!what.isEmpty() && !units.isEmpty()) {
                counted.add(new Observed.Counted(what, total, Median.of(units)));
            }
            units.clear();
            what = "";
            done = 0;
        }

        void merged() {
            merged = true;
        }

        private double passed() {
            long now = System.nanoTime();
            double seconds = (now - last) / 1e9;
            last = now;
            return seconds;
        }

        Observed ended(MemoryWatch memory) {
            finishCounting();
            MemoryWatch.Peaks peaks = memory.peaks();
            return new Observed(
                    (System.nanoTime() - began) / 1e9,
                    List.copyOf(steps),
                    merging.isEmpty() ? 0 : Median.of(merging),
                    List.copyOf(counted),
                    peaks.host(),
                    peaks.device(),
                    peaks.disk());
        }
    }
}
