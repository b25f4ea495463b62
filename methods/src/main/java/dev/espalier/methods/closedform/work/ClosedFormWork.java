package dev.espalier.methods.closedform.work;

import dev.espalier.methods.closedform.ClosedForm;
import dev.espalier.worker.work.Legs;
import java.util.List;
import java.util.Map;

/** What workers do for the closed form. */
public final class ClosedFormWork {
    /** Errors count by their squares. */
    public static final Legs OBS = legs(ClosedForm.OBS, false);

    /** Errors count as the loss minds them. */
    public static final Legs KFAC = legs(ClosedForm.KFAC, true);

    /** What is brought along for the device. */
    public static final List<String> KERNELS = List.of("curves.py");

    private ClosedFormWork() {}

    private static Legs legs(String name, boolean curved) {
        return new Legs(
                name,
                Map.of(
                        ClosedForm.CURVES, (bench, first) -> new CurvesLeg(bench, curved),
                        ClosedForm.SHOT, (bench, first) -> new ShotLeg(bench, curved)));
    }
}
