package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.MaskLegs;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.worker.work.Legs;
import java.util.Map;

/** What workers do for policy gradients. */
public final class PolicyGradientWork {
    public static final Legs LEGS = new Legs(
            PolicyGradientKeys.NAME,
            Map.of(
                    MaskLegs.START, (bench, first) -> new StartLeg(bench),
                    MaskLegs.LEARN, LearnLeg::new,
                    MaskLegs.CUT, (bench, first) -> new CutLeg(bench)));

    private PolicyGradientWork() {}
}
