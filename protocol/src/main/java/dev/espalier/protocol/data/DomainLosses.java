package dev.espalier.protocol.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a worker has found out about the domains of the training text, in their order.
 *
 * @param losses of each domain's held-out text, nats per token
 * @param sequences of each domain's training text
 */
public record DomainLosses(List<Double> losses, List<Long> sequences) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FIELD = "domains";
    private static final String LOSS = "loss";
    private static final String SEQUENCES = "sequences";

    public DomainLosses {
        losses = List.copyOf(losses);
        sequences = List.copyOf(sequences);
    }

    /** As a result's measurements: {@code {"domains": [{"loss": 2.1, "sequences": 4096}]}}. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < losses.size(); i++) {
            json.withArray(FIELD).addObject().put(LOSS, losses.get(i)).put(SEQUENCES, sequences.get(i));
        }
        return json;
    }

    /** Whether all losses are finite and all texts have sequences: shares that follow from others would be none. */
    public boolean isMeasured() {
        return losses.stream().allMatch(Double::isFinite) && sequences.stream().allMatch(count -> count > 0);
    }

    /** What measurements tell of domains; empty if nothing. */
    public static Optional<DomainLosses> in(String measurements) {
        List<Double> losses = new ArrayList<>();
        List<Long> sequences = new ArrayList<>();
        for (JsonNode domain : parsed(measurements).path(FIELD)) {
            losses.add(domain.path(LOSS).asDouble(Double.NaN));
            sequences.add(domain.path(SEQUENCES).asLong());
        }
        return losses.isEmpty() ? Optional.empty() : Optional.of(new DomainLosses(losses, sequences));
    }

    private static JsonNode parsed(String measurements) {
        try {
            return JSON.readTree(measurements);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("measurements were checked to be JSON", e);
        }
    }
}
