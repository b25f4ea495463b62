/** NutePrune on the coordinator: which sparsity is wanted when, and who teaches. */
package dev.espalier.methods.nuteprune.policy;
