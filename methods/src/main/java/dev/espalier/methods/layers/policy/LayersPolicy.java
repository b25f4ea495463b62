package dev.espalier.methods.layers.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.methods.layers.CutOrder;
import dev.espalier.methods.layers.DepthAndWidth;
import dev.espalier.methods.layers.LayersKeys;
import dev.espalier.methods.layers.LayersSettings;
import dev.espalier.methods.layers.Selection;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Dropping layers, on the coordinator: has the model looked at, where losses decide has them measured in pieces, one round
 * after another, and says what goes.
 */
public final class LayersPolicy implements Method {
    /** The model is opened, and what streams through it is looked at. */
    public static final String LOOK = "look";

    /** Losses without some layers. */
    public static final String LOSS = "loss";

    /** The smaller model is made. */
    public static final String CUT = "cut";

    @Override
    public String name() {
        return LayersKeys.NAME;
    }

    @Override
    public boolean readsText(RunConfig config) {
        return true;
    }

    /** All layers that stay are as they were. */
    @Override
    public boolean uniform(RunConfig config) {
        return false;
    }

    @Override
    public int layers(RunConfig config, int before) {
        return before - DepthAndWidth.going(config, before);
    }

    /** Where width goes, too, the target is met by it. */
    @Override
    public Optional<Shaped> shape(RunConfig config, ModelShape before, ToLongFunction<ModelShape> parameters) {
        if (!DepthAndWidth.isWanted(config)) {
            return Optional.empty();
        }
        DepthAndWidth cut = DepthAndWidth.of(config, before);
        return Optional.of(new Shaped(
                cut.after(before),
                cut.layers() + " of " + before.layers()
                        + " layers go (prune.layers), channels for the rest of the target"));
    }

    @Override
    public List<Leg> legs(RunView run) {
        List<Leg> legs = new ArrayList<>();
        legs.add(new Leg.Once(LOOK, Work.Kind.MEASURE, Optional.empty(), Optional.empty()));
        int pieces = rounds(run).map(rounds -> rounds.pieces().size()).orElse(0);
        IntStream.range(0, pieces).forEach(piece -> legs.add(new Leg.Piece(LOSS, piece, Optional.empty())));
        legs.add(new Leg.Once(CUT, Work.Kind.BUILD, Optional.empty(), Optional.of(RunLayout.model(run.stage()))));
        return legs;
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        if (leg instanceof Leg.Piece piece) {
            String order =
                    rounds(run).orElseThrow().pieces().get(piece.number()).json();
            return new Errand(Work.Reads.NOTHING, order);
        }
        return leg.name().equals(CUT) ? new Errand(Work.Reads.NOTHING, cut(run).json()) : Errand.NONE;
    }

    private static Known known(RunView run) {
        return Known.of(run.record().map(StageRecord::measured).orElse(List.of()));
    }

    /** Empty before the model was looked at, and where no losses are measured. */
    private static Optional<Rounds> rounds(RunView run) {
        LayersSettings settings = LayersKeys.of(run.config());
        Known known = known(run);
        if (known.layers() == 0 || !settings.select().measuresLosses()) {
            return Optional.empty();
        }
        int rounds = settings.select() == Selection.GREEDY ? going(run, known) : 1;
        return Optional.of(Rounds.of(candidates(settings, known.layers()), rounds, known.losses()));
    }

    private static List<Integer> candidates(LayersSettings settings, int layers) {
        Set<Integer> staying = settings.staying(layers);
        return IntStream.range(0, layers)
                .filter(layer -> !staying.contains(layer))
                .boxed()
                .toList();
    }

    private static int going(RunView run, Known known) {
        return DepthAndWidth.going(run.config(), known.layers());
    }

    private static CutOrder cut(RunView run) {
        LayersSettings settings = LayersKeys.of(run.config());
        Known known = known(run);
        int going = going(run, known);
        return switch (settings.select()) {
            case PREFIX -> new CutOrder(Choice.last(known.layers(), going), false);
            case ANGULAR ->
                new CutOrder(
                        Choice.run(known.angles(), known.layers(), going, settings.staying(known.layers())),
                        Choice.alike(known.angles()));
            case BLOCK_INFLUENCE -> lowest(scores(known.influence(), settings), going);
            case TAYLOR, MAGNITUDE -> lowest(scores(known.sizes(), settings), going);
            case PERPLEXITY -> lowest(rounds(run).orElseThrow().first(), going);
            case GREEDY -> {
                Rounds rounds = rounds(run).orElseThrow();
                yield new CutOrder(
                        rounds.chosen().stream().sorted().toList(),
                        Choice.alike(rounds.first().values()));
            }
        };
    }

    private static Map<Integer, Double> scores(List<Double> ofLayers, LayersSettings settings) {
        return candidates(settings, ofLayers.size()).stream()
                .collect(Collectors.toMap(layer -> layer, ofLayers::get, (a, b) -> a, TreeMap::new));
    }

    private static CutOrder lowest(Map<Integer, Double> scores, int going) {
        return new CutOrder(Choice.lowest(scores, going), Choice.alike(scores.values()));
    }
}
