package dev.espalier.cli.targets;

import dev.espalier.cli.RunPlan;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.config.Target;
import dev.espalier.protocol.config.WantedShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The one place where it follows from a run's target how much goes in each round. From headers only. */
public final class Targets {
    /** Share that may go. */
    private static final double MOST = 0.95;

    private final ResolvedRun run;
    private final LlamaConfig model;

    private Targets(ResolvedRun run, LlamaConfig model) {
        this.run = run;
        this.model = model;
    }

    /**
     * The same run, with what its target leads to.
     *
     * @throws UserError if it cannot be reached, or the model cannot be read
     */
    public static ResolvedRun resolved(ResolvedRun run) throws IOException {
        Target target = run.config().prune().target();
        if (target.equals(Target.SPARSITY)) {
            return run;
        }
        try (ModelFolder folder = ModelFolder.open(run.config().model().path())) {
            return RunConfigReader.reaching(run, new Targets(run, folder.config()).shares(target));
        }
    }

    private List<Double> shares(Target target) {
        if (target instanceof Target.Shape shape) {
            return List.of(share(shape.wanted()));
        } else if (target instanceof Target.Parameters parameters) {
            return shares(parameters.most(), RunPlan::parametersAfter);
        } else if (target instanceof Target.Bytes bytes) {
            return shares(bytes.most(), RunPlan::exportBytes);
        }
        throw new IllegalArgumentException(target + " is what the shares are already");
    }

    private List<Double> shares(List<Long> most, ToDoubleFunction<RunPlan> size) {
        requireKnown();
        List<Double> shares = new ArrayList<>();
        for (long limit : most) {
            shares.add(share(limit, shares, size));
        }
        return shares;
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
    private double share(long limit, List<Double> before, ToDoubleFunction<RunPlan> size) {
        ShareSearch search = new ShareSearch(share -> before.stream().allMatch(earlier -> share > earlier)
                ? plan(with(before, share)).map(size::applyAsDouble)
                : Optional.empty());
        ShareSearch.Found found = search.within(limit).orElseThrow(() -> unreachable(limit, search, size));
        double intact = size.applyAsDouble(intact());
        if (limit >= intact) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "%s: %d is no less than the model has as it is, %.0f: ask for less",
                    run.config().prune().target().told(),
                    limit,
                    intact));
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

    private UserError unreachable(long limit, ShareSearch search, ToDoubleFunction<RunPlan> size) {
        RunConfig config = run.config();
        Optional<ShareSearch.Found> least = search.smallest();
        if (least.isEmpty()) {
            // Whatever is asked for, it cannot be made: what stands in the way says so itself.
            RunPlan.of(config.reaching(List.of(0.5)), model, run.directory());
        }
        return new UserError(String.format(
                Locale.ROOT,
                "%s: %d cannot be reached: with prune.method = %s and prune.granularity %s this model can have from %.0f"
                        + " to %.0f. Ask for that, or add to the granularity",
                config.prune().target().told(),
                limit,
                config.prune().method(),
                granularity(),
                least.map(ShareSearch.Found::size).orElse(Double.NaN),
                size.applyAsDouble(intact())));
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
