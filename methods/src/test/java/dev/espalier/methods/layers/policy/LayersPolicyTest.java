package dev.espalier.methods.layers.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.methods.Methods;
import dev.espalier.methods.layers.CutOrder;
import dev.espalier.methods.layers.LossOrder;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfigReader;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is handed out and chosen, by the events of a run, without an actor. */
class LayersPolicyTest {
    private static final Instant AT = Instant.EPOCH;
    private static final int LAYERS = 9;

    private int sequence;

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void greedyFindsTheSameLayersWithOneWorkerAndWithFive(int workers) {
        StagePlan plan = plan("greedy", 3);
        List<LossOrder> measured = new ArrayList<>();
        RunState state = throughLosses(plan, looked(plan, "{}"), workers, measured);
        // 7, then 6, then 5 candidates: the loss is least without 3, then 4 beside it is dear
        assertThat(measured.stream()
                        .mapToInt(order -> order.candidates().size())
                        .sum())
                .isEqualTo(7 + 6 + 5);
        assertThat(measured).doesNotHaveDuplicates();
        assertThat(cut(plan, state)).isEqualTo(new CutOrder(List.of(1, 3, 5), false));
    }

    @Test
    void perplexityTakesTheLowestOfOneRound() {
        StagePlan plan = plan("perplexity", 3);
        List<LossOrder> measured = new ArrayList<>();
        RunState state = throughLosses(plan, looked(plan, "{}"), 1, measured);
        assertThat(measured).allMatch(order -> order.gone().isEmpty());
        assertThat(cut(plan, state)).isEqualTo(new CutOrder(List.of(2, 3, 4), false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "block-influence | {'influence': [0.1, 0.5, 0.02, 0.5, 0.03, 0.6, 0.7, 0.05, 0.01]} | 2, 4, 7",
                "angular | {'angles': [0.01, 0.3, 0.2, 0.25, 0.4, 0.5, 0.001]} | 2, 3, 4",
                "taylor | {'sizes': [0.1, 0.5, 0.02, 0.5, 0.03, 0.6, 0.7, 0.05, 0.01]} | 2, 4, 7",
                "magnitude | {'sizes': [9, 5, 4, 3, 7, 6, 2, 1, 0]} | 3, 6, 7",
                "prefix | {} | 6, 7, 8"
            })
    void whatStreamsThroughTheModelDecidesAtOnce(String select, String found, String gone) {
        StagePlan plan = plan(select, 3);
        RunState state = looked(plan, found.replace('\'', '"'));
        List<Integer> layers =
                List.of(gone.split(", ")).stream().map(Integer::valueOf).toList();
        assertThat(cut(plan, state)).isEqualTo(new CutOrder(layers, false));
    }

    @Test
    void aTextThatTellsNothingIsSaid() {
        StagePlan plan = plan("block-influence", 3);
        RunState state = looked(plan, "{\"influence\": [1, 1, 1, 1, 1, 1, 1, 1, 1]}");
        assertThat(cut(plan, state).alike()).isTrue();
    }

    @Test
    void aLossThatIsNoNumberIsInfinite() {
        StagePlan plan = plan("perplexity", 1);
        RunState state = looked(plan, "{}");
        state = merged(
                plan, state, "{\"gone\": [], \"losses\": {\"1\": null, \"2\": 4, \"3\": 5, \"4\": null, \"5\": 5}}");
        state = merged(plan, state, "{\"gone\": [], \"losses\": {\"6\": 6, \"7\": null}}");
        assertThat(cut(plan, state).layers()).containsExactly(2);
    }

    /** Without a layer: the nearer to 3 the better; neighbours of what is gone cost 10 more. */
    private static double loss(List<Integer> gone, int candidate) {
        double sum = 0;
        TreeSet<Integer> all = new TreeSet<>(gone);
        all.add(candidate);
        for (int layer : all) {
            sum += Math.abs(layer - 3.4) + (all.contains(layer + 1) ? 10 : 0);
        }
        return sum;
    }

    private RunState throughLosses(StagePlan plan, RunState looked, int workers, List<LossOrder> measured) {
        Random order = new Random(7);
        RunState state = looked;
        Map<AssignmentKey, Work> open = new HashMap<>();
        Deque<AssignmentKey> flying = new ArrayDeque<>();
        while (true) {
            while (flying.size() < workers && plan.fresh(state) > 0 && isLoss(plan, state)) {
                Work work = plan.work(state, plan.next(state).orElseThrow());
                AssignmentKey key = new AssignmentKey("test", Stage.PRUNE, sequence++, 1);
                state = state.apply(new RunEvent.Assigned(key, work.leg(), new Slice(0, 0, flying.size(), 0), "w", AT));
                open.put(key, work);
                flying.add(key);
            }
            if (flying.isEmpty()) {
                return state;
            }
            AssignmentKey key = order.nextBoolean() ? flying.pollFirst() : flying.pollLast();
            LossOrder losses = LossOrder.read(open.get(key).order());
            measured.add(losses);
            String json = losses.candidates().stream()
                    .map(layer -> "\"" + layer + "\":" + loss(losses.gone(), layer))
                    .collect(Collectors.joining(",", "{\"gone\":" + losses.gone() + ",\"losses\":{", "}}"));
            state = state.apply(new RunEvent.Merged(result(key, json), 0, Optional.empty(), AT));
        }
    }

    private static boolean isLoss(StagePlan plan, RunState state) {
        return plan.work(state, plan.next(state).orElseThrow()).part().equals(LayersPolicy.LOSS);
    }

    private CutOrder cut(StagePlan plan, RunState state) {
        Work work = plan.work(state, plan.next(state).orElseThrow());
        assertThat(work.leg()).isEqualTo(LayersPolicy.CUT);
        assertThat(work.writes()).contains("stages/prune/model");
        return CutOrder.read(work.order());
    }

    /** @param found a JSON object with what was seen besides the number of layers */
    private RunState looked(StagePlan plan, String found) {
        RunState state = RunState.NONE
                .apply(new RunEvent.Submitted("test", "/run", "", List.of(Stage.PRUNE), AT))
                .apply(new RunEvent.StageStarted(Stage.PRUNE, AT));
        assertThat(plan.work(state, plan.next(state).orElseThrow()).leg()).isEqualTo(LayersPolicy.LOOK);
        String rest = found.substring(1);
        return merged(plan, state, "{\"layers\": " + LAYERS + (rest.equals("}") ? "" : ", ") + rest);
    }

    private RunState merged(StagePlan plan, RunState state, String json) {
        Work work = plan.work(state, plan.next(state).orElseThrow());
        AssignmentKey key = new AssignmentKey("test", Stage.PRUNE, sequence++, 1);
        return state.apply(new RunEvent.Assigned(key, work.leg(), Slice.NONE, "w", AT))
                .apply(new RunEvent.Merged(result(key, json), 0, Optional.empty(), AT));
    }

    private static WorkResult result(AssignmentKey key, String json) {
        return new WorkResult(key, Optional.empty(), Double.NaN, List.of(), json);
    }

    private static StagePlan plan(String select, int count) {
        String text =
                "{\"model\":{\"path\":\"/m\"},\"data\":{\"train\":[{\"path\":\"/t.txt\"}]},\"stages\":[\"prune\"],"
                        + "\"prune\":{\"method\":\"layers\",\"layers\":{\"select\":\"" + select + "\",\"count\":"
                        + count + "}}}";
        return new StagePlan(RunConfigReader.parse(text), Methods.stages());
    }
}
