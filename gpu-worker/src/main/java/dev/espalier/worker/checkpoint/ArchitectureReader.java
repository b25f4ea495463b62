package dev.espalier.worker.checkpoint;

/** What of a config.json differs from LLaMA. */
record ArchitectureReader(ConfigFields fields, FamilyRules rules) {
    /** No model has larger ones, and their products stay far from float32's ends. */
    private static final double LARGEST = 1e4;

    /** @param localRope the rotation of layers with a window, or null */
    Architecture read(int hidden, Rope localRope, int layers) {
        return new Architecture(
                rules.queryKeyNorm(),
                rules.norms(),
                rules.isFused(),
                rules.isGemma() ? 1 : 0,
                rules.isGemma(),
                rules.isGemma() ? Math.sqrt(hidden) : multiplier("embedding_multiplier"),
                rules.isGemma(),
                multiplier("residual_multiplier"),
                scoreScale(),
                scoreCap(),
                multiplier("logits_scaling"),
                cap("final_logit_softcapping", rules.logitCap()),
                localRope,
                new AttentionReader(fields, rules, layers).read());
    }

    private double scoreCap() {
        String key = "attn_logit_softcapping";
        if (rules.isGemma() && rules.scoreCap() == 0 && fields.has(key)) {
            throw fields.refuse(
                    key, fields.node().get(key), "null: the code of " + rules.modelType() + " has no use for it");
        }
        return cap(key, rules.scoreCap());
    }

    /** null is none, also where the family has one of its own. */
    private double cap(String key, double absent) {
        return !rules.isGemma() || fields.isNull(key) ? 0 : fields.number(key, 0, LARGEST, absent);
    }

    private double scoreScale() {
        if (rules.isGemma()) {
            return 1 / Math.sqrt(fields.number("query_pre_attn_scalar", 0, LARGEST, 256));
        }
        return rules.hasMultipliers() ? multiplier("attention_multiplier") : 0;
    }

    /** 1 in families that have none, whatever is written. */
    private double multiplier(String key) {
        return rules.hasMultipliers() ? fields.number(key, 0, LARGEST, 1) : 1;
    }
}
