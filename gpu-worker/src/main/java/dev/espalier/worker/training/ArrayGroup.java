package dev.espalier.worker.training;

import java.util.List;
import java.util.Map;

/** A few numbers in Java, trained by Adam: one tensor [n] by the group's own name. */
public final class ArrayGroup implements TrainableGroup {
    private final String name;
    private final float[] values;
    private final Map<String, String> settings;
    private final Adam adam;

    /**
     * @param values are trained in place
     * @param settings of the file
     */
    public ArrayGroup(String name, float[] values, Map<String, String> settings) {
        this.name = name;
        this.values = values;
        this.settings = settings;
        this.adam = new Adam(values.length);
    }

    public float[] values() {
        return values;
    }

    /** One step. @param gradient like the values */
    public void step(double[] gradient, double rate) {
        adam.step(values, gradient, rate);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Trainable> trainables() {
        return List.of(new Trainable(
                name, new Numbers.InJava(values), new Numbers.InJava(adam.first()), new Numbers.InJava(adam.second())));
    }

    @Override
    public long steps() {
        return adam.steps();
    }

    @Override
    public void restoreSteps(long taken) {
        adam.restoreSteps(taken);
    }

    @Override
    public Map<String, String> settings() {
        return settings;
    }
}
