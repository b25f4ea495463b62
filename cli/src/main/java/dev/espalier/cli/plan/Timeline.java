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
            memory.beginStage();
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
        for (RunEvent event : events) {
            if (event instanceof RunEvent.Merged) {
                recording.merged();
            } else if (event instanceof RunEvent.Assigned assigned) {
                recording.assigned(assigned.leg(), memory);
            }
        }
    }

    /** One stage, while it lasts. */
    private static final class Recording {
        private final long began = System.nanoTime();
        private final List<Observed.Step> steps = new ArrayList<>();
        private final List<Observed.Counted> counted = new ArrayList<>();
        private final List<Double> units = new ArrayList<>();
        private long last = began;
        private double spent;
        private long pieces;
        private long done;
        private long total;
        private String what = "";
        private boolean fresh = true;
        private boolean merged;
        private String leg = "";
        private boolean walks;
        private Observed.Memory memory = Observed.Memory.NONE;
        private Observed.Memory walking = Observed.Memory.NONE;

        /** Each leg's memory is looked at by itself: what it takes does not come on top of what the one before took. */
        void assigned(String next, MemoryWatch watch) {
            if (!next.equals(leg)) {
                legEnded(watch);
                leg = next;
                fresh = true;
                watch.begin();
            }
        }

        private void legEnded(MemoryWatch watch) {
            finishCounting();
            if (walks) {
                walking = walking.most(watch.peaks());
            } else {
                memory = memory.most(watch.peaks());
            }
            walks = false;
        }

        void stepped(int step, double seconds) {
            double passed = passed();
            // What passes before the first step is not the step's.
            boolean follows = !fresh && what.isEmpty();
            steps.add(new Observed.Step(step, seconds, follows ? Math.max(0, passed - seconds) : 0, follows && merged));
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
            spent += passed;
            pieces += now - done;
            done = now;
        }

        private void finishCounting() {
            if (!what.isEmpty() && !units.isEmpty()) {
                double unit = Observed.Counted.alike(what) ? Median.of(units) : spent / pieces;
                Observed.Counted work = new Observed.Counted(what, total, unit);
                counted.add(work);
                walks |= work.walks();
            }
            units.clear();
            spent = 0;
            pieces = 0;
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

        Observed ended(MemoryWatch watch) {
            legEnded(watch);
            return new Observed(
                    (System.nanoTime() - began) / 1e9,
                    List.copyOf(steps),
                    List.copyOf(counted),
                    memory,
                    walking,
                    watch.disk());
        }
    }
}
