package dev.espalier.coordinator.method;

import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * A way of pruning, as the coordinator sees it: what the prune stage consists of, what workers are told, and what is
 * remembered. Pure: it holds nothing itself; its memory is what the stage has noted and measured, and whatever it concludes from them it
 * concludes anew, so that it is the same after every replay.
 */
public interface Method {
    /** What {@code prune.method} calls it. */
    String name();

    /** Names of the metrics whose scores it reads; none: there is nothing to calibrate. */
    default Set<String> metrics(RunConfig config) {
        return Set.of();
    }

    /** The parts of the prune stage, in order. The last leaves the model in {@code RunLayout.model(run.stage())}. */
    List<Leg> legs(RunView run);

    /** What the work of a leg is given if it is handed out now. */
    Errand errand(RunView run, Leg leg, Slice slice);

    /**
     * What is to be remembered of a training slice.
     *
     * @param before the merge
     * @param version the student that the merge makes
     */
    default List<Note> merged(RunView before, Leg leg, Slice slice, WorkResult result, Optional<BlobRef> version) {
        return List.of();
    }

    /** Learning rates that do not change, by what is learnt with them: for those who watch. */
    default Map<String, Double> learningRates(RunConfig config) {
        return Map.of();
    }

    /**
     * Looks at files of its own that the configuration names, before a run begins where these are.
     *
     * @throws dev.espalier.protocol.UserError if one is not as it must be
     */
    default void checkFiles(RunConfig config) throws IOException {}

    /** Whether it reads calibration text itself. */
    default boolean readsText(RunConfig config) {
        return config.prune().refit();
    }

    /** Whether it gives all layers one shape. */
    default boolean uniform(RunConfig config) {
        return config.export().uniform();
    }

    /**
     * How many of the model's layers stay.
     *
     * @param before layers of the model
     * @throws dev.espalier.protocol.UserError if what the configuration asks for cannot be
     */
    default int layers(RunConfig config, int before) {
        return before;
    }

    /**
     * What it makes of a model, if it makes one certain shape.
     *
     * @param before the model's
     * @param parameters how many a model of another shape would have
     * @throws dev.espalier.protocol.UserError if what the configuration asks for cannot be
     */
    default Optional<Shaped> shape(RunConfig config, ModelShape before, ToLongFunction<ModelShape> parameters) {
        return Optional.empty();
    }

    /**
     * The shape of a smaller model.
     *
     * @param rule by which it follows from the configuration, for people
     */
    record Shaped(ModelShape shape, String rule) {}

    /** Whether its student versions hold all weights of the model. */
    default boolean trainsWeights(RunConfig config) {
        return false;
    }

    /** How many versions it may keep besides the newest. */
    default int keeps(RunConfig config) {
        return 0;
    }
}
