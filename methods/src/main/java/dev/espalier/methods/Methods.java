package dev.espalier.methods;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.simulation.Subject;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.methods.adaptivefusion.work.AdaptiveFusion;
import dev.espalier.methods.bonsai.BonsaiKeys;
import dev.espalier.methods.bonsai.policy.BonsaiPolicy;
import dev.espalier.methods.bonsai.work.BonsaiWork;
import dev.espalier.methods.closedform.ClosedForm;
import dev.espalier.methods.closedform.ClosedFormKeys;
import dev.espalier.methods.closedform.policy.ClosedFormPolicy;
import dev.espalier.methods.closedform.work.ClosedFormWork;
import dev.espalier.methods.flap.work.Flap;
import dev.espalier.methods.layers.LayersKeys;
import dev.espalier.methods.layers.policy.LayersPolicy;
import dev.espalier.methods.layers.work.LayersWork;
import dev.espalier.methods.llmpruner.LlmPrunerKeys;
import dev.espalier.methods.llmpruner.work.LlmPruner;
import dev.espalier.methods.metrics.Magnitude;
import dev.espalier.methods.metrics.Obs;
import dev.espalier.methods.metrics.WandaSp;
import dev.espalier.methods.minitron.work.Minitron;
import dev.espalier.methods.mutualinformation.MutualInformationKeys;
import dev.espalier.methods.mutualinformation.policy.MutualInformationPolicy;
import dev.espalier.methods.mutualinformation.work.MutualInformationWork;
import dev.espalier.methods.nuteprune.NutePruneKeys;
import dev.espalier.methods.nuteprune.policy.NutePrunePolicy;
import dev.espalier.methods.nuteprune.work.NutePruneWork;
import dev.espalier.methods.oneshot.OneShotKeys;
import dev.espalier.methods.oneshot.policy.OneShotPolicy;
import dev.espalier.methods.oneshot.work.OneShotWork;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.SampledMasks;
import dev.espalier.methods.policygradient.policy.PolicyGradientPolicy;
import dev.espalier.methods.policygradient.work.PolicyGradientWork;
import dev.espalier.methods.sheared.ShearedKeys;
import dev.espalier.methods.sheared.policy.ShearedPolicy;
import dev.espalier.methods.sheared.work.ShearedWork;
import dev.espalier.protocol.config.MethodKeys;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.stage.Stages;
import dev.espalier.worker.work.Legs;
import dev.espalier.worker.work.Repertoire;
import java.util.List;
import java.util.stream.Stream;

/** All ways of pruning that there are: the one list. */
public final class Methods {
    /** What a first configuration says. */
    public static final String USUAL = NutePruneKeys.NAME;

    private static final List<Entry> ALL = List.of(
            new Entry(new NutePruneKeys(), new NutePrunePolicy(), NutePruneWork.LEGS),
            closedForm(ClosedForm.OBS, ClosedFormWork.OBS),
            closedForm(ClosedForm.KFAC, ClosedFormWork.KFAC),
            oneShot(new OneShotKeys("magnitude", false), OneShotWork.byScores("magnitude")),
            oneShot(new OneShotKeys("wanda-sp", true), OneShotWork.byScores("wanda-sp")),
            oneShot(new OneShotKeys("flap", true), Flap.LEGS),
            oneShot(new OneShotKeys(Minitron.NAME, true), Minitron.LEGS),
            new Entry(new MutualInformationKeys(), new MutualInformationPolicy(), MutualInformationWork.LEGS),
            new Entry(new LlmPrunerKeys(), new OneShotPolicy(LlmPrunerKeys.ONE_SHOT), LlmPruner.LEGS),
            oneShot(AdaptiveFusion.KEYS, AdaptiveFusion.LEGS),
            new Entry(new LayersKeys(), new LayersPolicy(), LayersWork.LEGS),
            new Entry(new ShearedKeys(), new ShearedPolicy(), ShearedWork.LEGS),
            new Entry(new PolicyGradientKeys(), new PolicyGradientPolicy(), PolicyGradientWork.LEGS),
            new Entry(new BonsaiKeys(), new BonsaiPolicy(), BonsaiWork.LEGS));

    /** What units can be chosen by, and masks can start from. */
    private static final List<Metric> METRICS = Stream.of(
                    List.of(
                            new Obs(),
                            new Magnitude(),
                            new WandaSp(),
                            new Flap(),
                            new Minitron(),
                            new LlmPruner(),
                            new AdaptiveFusion()),
                    MutualInformationWork.METRICS)
            .flatMap(List::stream)
            .toList();

    /** What they bring along for the device. */
    private static final List<String> KERNELS = Stream.of(
                    Flap.KERNELS,
                    Minitron.KERNELS,
                    MutualInformationWork.KERNELS,
                    LlmPruner.KERNELS,
                    LayersWork.KERNELS,
                    ClosedFormWork.KERNELS)
            .flatMap(List::stream)
            .toList();

    private static final StageKinds STAGES =
            StageKinds.of(ALL.stream().map(Entry::policy).toList());

    /**
     * A method.
     *
     * @param keys what it reads of a configuration, and demands of it
     * @param policy what coordinators run
     * @param work what workers run
     */
    private record Entry(MethodKeys<?> keys, Method policy, Legs work) {}

    private Methods() {}

    private static Entry oneShot(OneShotKeys keys, Legs work) {
        return new Entry(keys, new OneShotPolicy(keys), work);
    }

    private static Entry closedForm(String name, Legs work) {
        return new Entry(new ClosedFormKeys(name), new ClosedFormPolicy(name), work);
    }

    static List<MethodKeys<?>> keys() {
        return ALL.stream().<MethodKeys<?>>map(Entry::keys).toList();
    }

    /** Names of the scores that units can be chosen by. */
    static List<String> metrics() {
        return METRICS.stream().map(Metric::name).toList();
    }

    /** The stages that a coordinator leads runs through. */
    public static StageKinds stages() {
        return STAGES;
    }

    /** What workers do. */
    public static Repertoire work() {
        return new Repertoire(Stages.ALL, ALL.stream().map(Entry::work).toList(), METRICS, KERNELS);
    }

    /** A run by masks that are drawn, for simulations. @param units that have a probability */
    public static Subject sampling(int units) {
        return new SampledMasks(policy(PolicyGradientKeys.NAME), units);
    }

    /** The one of that name, as the coordinator sees it. */
    public static Method policy(String name) {
        return ALL.stream()
                .map(Entry::policy)
                .filter(method -> method.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no method " + name));
    }
}
