package dev.espalier.methods.mutualinformation.work;

import dev.espalier.methods.mutualinformation.MutualInformationKeys;
import dev.espalier.methods.oneshot.work.OneShotWork;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.work.Legs;
import java.util.List;

/** What workers do for mutual information. */
public final class MutualInformationWork {
    public static final Legs LEGS = OneShotWork.byScoresOf(MutualInformationKeys.NAME, MutualInformationKeys::metric);

    public static final List<Metric> METRICS = List.of(new CopulaInformation(), new KernelInformation());

    /** What it brings along for the device. */
    public static final List<String> KERNELS = List.of("information.py");

    private MutualInformationWork() {}
}
