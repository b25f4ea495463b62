package dev.espalier.methods.bonsai.work;

import dev.espalier.methods.bonsai.BonsaiKeys;
import dev.espalier.methods.masked.MaskLegs;
import dev.espalier.worker.work.Legs;
import java.util.Map;

/** What workers do for bonsai. */
public final class BonsaiWork {
    public static final Legs LEGS = new Legs(
            BonsaiKeys.NAME,
            Map.of(
                    MaskLegs.START, (bench, first) -> new StartLeg(bench),
                    MaskLegs.LEARN, LearnLeg::new,
                    MaskLegs.CUT, (bench, first) -> new CutLeg(bench)));

    private BonsaiWork() {}
}
