/** Mutual information on the coordinator. */
package dev.espalier.methods.mutualinformation.policy;
