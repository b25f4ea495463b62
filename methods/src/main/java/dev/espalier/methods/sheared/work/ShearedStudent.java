package dev.espalier.methods.sheared.work;

import ai.djl.ndarray.NDList;
import dev.espalier.methods.gates.Lagrangian;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.TrainableGroup;
import dev.espalier.worker.training.Trainables;
import dev.espalier.worker.training.Tuning;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What is trained: weights or factors over them, the gates' logits, and a pair of multipliers for each structure that has
 * gates.
 */
record ShearedStudent(Tuning tuning, MaskLogits masks, Map<Structure, Lagrangian> multipliers) implements Trainables {

    /** With multipliers that have not moved. */
    static ShearedStudent of(Tuning tuning, MaskLogits masks) {
        Map<Structure, Lagrangian> multipliers = new EnumMap<>(Structure.class);
        MaskSet units = masks.shape();
        for (Row row : units.rows()) {
            if (units.row(row).length > 0) {
                multipliers.computeIfAbsent(row.structure(), it -> Lagrangian.of(ShapeConstraint.word(it)));
            }
        }
        return new ShearedStudent(tuning, masks, multipliers);
    }

    /** The student under these gates. */
    Variant variant(NDList gates) {
        Variant plain = tuning.variant();
        return new Variant(gates, plain.lora(), plain.scale());
    }

    @Override
    public List<TrainableGroup> groups() {
        List<TrainableGroup> groups = new ArrayList<>(tuning.groups());
        groups.add(masks.group());
        multipliers.values().forEach(pair -> groups.add(pair.group()));
        return groups;
    }

    @Override
    public void close() {
        tuning.close();
    }
}
