package dev.espalier.methods.nuteprune;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a slice under gates is told.
 *
 * @param targets the expected sparsity wanted at each of its steps, 0..1
 * @param teacher sparsity of the teacher in per cent, whose version is the blob {@link #TEACHER}; 0: the intact model
 */
public record GateOrder(List<Double> targets, int teacher) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static final String TEACHER = "teacher";

    public String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode wanted = json.putArray("targets");
        targets.forEach(wanted::add);
        return json.put(TEACHER, teacher).toString();
    }

    /** What {@link #json} wrote. */
    public static GateOrder read(String json) throws IOException {
        JsonNode order = JSON.readTree(json);
        List<Double> targets = new ArrayList<>();
        order.path("targets").forEach(target -> targets.add(target.doubleValue()));
        return new GateOrder(targets, order.path(TEACHER).asInt());
    }
}
