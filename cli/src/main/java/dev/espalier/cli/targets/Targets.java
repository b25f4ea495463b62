package dev.espalier.cli.targets;

import dev.espalier.cli.RunPlan;
import dev.espalier.coordinator.decision.ConfigChange;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.MethodCatalogue;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.config.Target;
import dev.espalier.protocol.config.WantedShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.evaluation.ShapeSpeed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The one place where it follows from a run's target how much goes in each round. From headers, but for times. */
public final class Targets {
    /** Share that may go. */
    private static final double MOST = 0.95;

    /** Beginnings of the keys that shapes follow from. */
    private static final List<String> DECISIVE = List.of(
            "model.path",
            "stages",
            "prune.target",
            "prune.method",
            "prune.granularity",
            "prune.head-unit",
            "prune.faithful",
            "export.uniform",
            "export.ffn-multiple");

    /** Shares next to which shapes are measured. */
    private static final List<Double> GRID = List.of(0.15, 0.3, 0.5, 0.75);

    private final ResolvedRun run;
    private final LlamaConfig model;
    private final Speeds speeds;

    private Targets(ResolvedRun run, LlamaConfig model, Speeds speeds) {
        this.run = run;
        this.model = model;
        this.speeds = speeds;
    }

    /**
     * Of what a target says how much there may be.
     *
     * @param words of a number of it
     */
    private record Measure(ToDoubleFunction<RunPlan> of, DoubleFunction<String> words) {
        static Measure whole(ToDoubleFunction<RunPlan> of) {
            return new Measure(of, number -> String.format(Locale.ROOT, "%.0f", number));
        }
    }

    /**
     * The same run, with what its target leads to.
     *
     * @param speeds tells how fast smaller models are, if the target asks for it
     * @throws UserError if it cannot be reached, or the model cannot be read
     */
    public static ResolvedRun resolved(ResolvedRun run, Speeds speeds) throws IOException {
        Target target = run.config().prune().target();
        if (target.equals(Target.SPARSITY)) {
            return methodDecides(run.config()) ? reachingItsOwn(run) : run;
        }
        Optional<ResolvedRun> begun = target instanceof Target.LatencyRatio ? begun(run) : Optional.empty();
        if (begun.isPresent()) {
            return begun.get();
        }
        try (ModelFolder folder = ModelFolder.open(run.config().model().path())) {
            return RunConfigReader.reaching(run, new Targets(run, folder.config(), speeds).shares(target));
        }
    }

    private static boolean methodDecides(RunConfig config) {
        return config.stages().contains(Stage.PRUNE)
                && MethodCatalogue.installedKeys().stream()
                        .anyMatch(keys -> keys.name().equals(config.prune().method()) && keys.decidesHowMuch(config));
    }

    /** The run with the share that goes by the method's own keys: what reports, goals and alerts hold it against. */
    private static ResolvedRun reachingItsOwn(ResolvedRun run) throws IOException {
        try (ModelFolder folder = ModelFolder.open(run.config().model().path())) {
            double share =
                    RunPlan.of(run.config(), folder.config(), run.directory()).share();
            return RunConfigReader.reaching(run, List.of(share));
        }
    }

    /**
     * The run with what its target led to when it began, if nothing has changed that this follows from: times that are
     * measured again are others, and would undo what was done.
     */
    private static Optional<ResolvedRun> begun(ResolvedRun run) throws IOException {
        Path file = run.directory().resolve(RunLayout.CONFIG);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        String text = Files.readString(file);
        List<Double> rounds = RunConfigReader.parse(text).prune().rounds();
        if (rounds.size() != run.config().prune().target().rounds()) {
            return Optional.empty();
        }
        ResolvedRun same = RunConfigReader.reaching(run, rounds);
        String own = "prune." + run.config().prune().method() + ".";
        return ConfigChange.of(text, same.text()).keys().stream()
                        .anyMatch(
                                key -> key.startsWith(own) || DECISIVE.stream().anyMatch(key::startsWith))
                ? Optional.empty()
                : Optional.of(same);
    }

    private List<Double> shares(Target target) throws IOException {
        if (target instanceof Target.Shape shape) {
            return List.of(share(shape.wanted()));
        } else if (target instanceof Target.Parameters parameters) {
            return shares(parameters.most(), Measure.whole(RunPlan::parametersAfter));
        } else if (target instanceof Target.Bytes bytes) {
            return shares(bytes.most(), Measure.whole(RunPlan::exportBytes));
        } else if (target instanceof Target.LatencyRatio ratio) {
            SpeedCurve curve = curve(ratio.phase());
            return shares(
                    ratio.most(),
                    new Measure(plan -> curve.at(plan.share()), number -> String.format(Locale.ROOT, "%.3f", number)));
        }
        throw new IllegalArgumentException(target + " is what the shares are already");
    }

    private List<Double> shares(List<? extends Number> most, Measure measure) {
        requireKnown();
        List<Double> shares = new ArrayList<>();
        for (Number limit : most) {
            shares.add(share(limit.doubleValue(), shares, measure));
        }
        return shares;
    }

    /** Through shapes that the method makes of a few shares. */
    private SpeedCurve curve(Target.LatencyRatio.Phase phase) throws IOException {
        ShareSearch search = new ShareSearch(share -> plan(List.of(share)).map(RunPlan::share));
        Map<Double, ModelShape> shapes = new TreeMap<>();
        for (double wanted : GRID) {
            Optional<RunPlan> plan = search.nearest(wanted).flatMap(found -> plan(List.of(found.share())));
            if (plan.isPresent()) {
                shapes.put(
                        plan.get().share(),
                        plan.get()
                                .shapeAfter()
                                .orElseThrow(() -> new UserError(
                                        run.config().prune().target().key()
                                                + " needs layers that are alike, or go whole: set export.uniform = true, or give"
                                                + " another target")));
            }
        }
        List<Double> shares = List.copyOf(shapes.keySet());
        List<ModelShape> sizes = List.copyOf(shapes.values());
        List<ShapeSpeed> speeds = this.speeds.of(run.config().model().device(), model, sizes);
        Map<Double, Double> measured = new HashMap<>();
        for (int i = 0; i < shares.size(); i++) {
            ShapeSpeed speed = speeds.get(i);
            measured.put(shares.get(i), phase == Target.LatencyRatio.Phase.DECODE ? speed.decode() : speed.prefill());
        }
        return new SpeedCurve(measured);
    }

    /** Embedding and head are as wide as the stream, so that its width must be known. */
    private void requireKnown() {
        RunConfig config = run.config();
        if (config.prune().granularity().contains(Granularity.HIDDEN)
                && !config.export().uniform()
                && plan(List.of(0.5)).flatMap(RunPlan::shapeAfter).isEmpty()) {
            throw new UserError(config.prune().target().key()
                    + " needs to know how many hidden channels are left, which nobody does before with"
                    + " export.uniform = false: take hidden out of prune.granularity, or give prune.target.sparsity");
        }
    }

    /** @param before shares of the rounds before */
    private double share(double limit, List<Double> before, Measure measure) {
        ToDoubleFunction<RunPlan> size = measure.of();
        ShareSearch search = new ShareSearch(share -> before.stream().allMatch(earlier -> share > earlier)
                ? plan(with(before, share)).map(size::applyAsDouble)
                : Optional.empty());
        ShareSearch.Found found = search.within(limit).orElseThrow(() -> unreachable(limit, search, measure));
        double intact = size.applyAsDouble(intact());
        if (limit >= intact) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "%s: %s is no less than the model has as it is, %s: ask for less",
                    run.config().prune().target().told(),
                    measure.words().apply(limit),
                    measure.words().apply(intact)));
        }
        return exact(found, before, size);
    }

    /** The share that really goes where that is known and leads to the same; a grid's number says less. */
    private double exact(ShareSearch.Found found, List<Double> before, ToDoubleFunction<RunPlan> size) {
        double gone = plan(with(before, found.share())).orElseThrow().share();
        boolean same = gone > 0
                && gone <= MOST
                && plan(with(before, gone))
                        .filter(plan -> size.applyAsDouble(plan) == found.size())
                        .isPresent();
        return same ? gone : found.share();
    }

    private UserError unreachable(double limit, ShareSearch search, Measure measure) {
        RunConfig config = run.config();
        Optional<ShareSearch.Found> least = search.smallest();
        if (least.isEmpty()) {
            // Whatever is asked for, it cannot be made: what stands in the way says so itself.
            RunPlan.of(config.reaching(List.of(0.5)), model, run.directory());
        }
        return new UserError(String.format(
                Locale.ROOT,
                "%s: %s cannot be reached: with prune.method = %s and prune.granularity %s this model can have from %s"
                        + " to %s. Ask for that, or add to the granularity",
                config.prune().target().told(),
                measure.words().apply(limit),
                config.prune().method(),
                granularity(),
                measure.words().apply(least.map(ShareSearch.Found::size).orElse(Double.NaN)),
                measure.words().apply(measure.of().applyAsDouble(intact()))));
    }

    /** What the run would be if nothing went. */
    private RunPlan intact() {
        return new RunPlan(
                run.config().reaching(List.of(0.0)),
                model,
                run.directory(),
                0,
                Optional.empty(),
                model.layers().size(),
                "");
    }

    private double share(WantedShape wanted) {
        RunConfig config = run.config();
        ModelShape before = model.shape();
        ModelShape after = wanted.in(before, config.prune().headUnit());
        // Whether whole layers can go, the plan knows: some methods take nothing else.
        Set<Granularity> removable = EnumSet.of(Granularity.LAYERS);
        removable.addAll(config.prune().granularity());
        String key = config.prune().target().key();
        WantedShape.require(key, after, before, removable, config.prune().headUnit());
        if (after.equals(before)) {
            throw new UserError(key + " asks for the model's own shape, " + before + ": name something smaller");
        }
        int multiple = config.export().ffnMultiple();
        if (after.intermediate() % multiple != 0) {
            throw new UserError(key + ".intermediate = " + after.intermediate()
                    + " is no multiple of export.ffn-multiple = " + multiple + ": change one of them");
        }
        double share = 1 - (double) after.prunable() / before.prunable();
        if (share > MOST) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "%s takes %.1f %% of the prunable parameters away, and at most %.0f %% can go: ask for more to stay",
                    key,
                    100 * share,
                    100 * MOST));
        }
        RunPlan plan = RunPlan.of(config.reaching(List.of(share)), model, run.directory());
        Optional<ModelShape> made = plan.shapeAfter();
        if (!made.equals(Optional.of(after))) {
            throw new UserError(key + " asks for " + after + ", but prune.method = "
                    + config.prune().method() + " with prune.granularity " + granularity()
                    + made.map(shape -> " makes " + shape + " of that: ask for what it can take away")
                            .orElse(" lets layers differ: set export.uniform = true, or give another target"));
        }
        return share;
    }

    private static List<Double> with(List<Double> before, double share) {
        List<Double> all = new ArrayList<>(before);
        all.add(share);
        return all;
    }

    /** Empty if that cannot be made. */
    private Optional<RunPlan> plan(List<Double> shares) {
        try {
            return Optional.of(RunPlan.of(run.config().reaching(shares), model, run.directory()));
        } catch (UserError e) {
            return Optional.empty();
        }
    }

    private String granularity() {
        return run.config().prune().granularity().stream()
                .map(what -> what.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
