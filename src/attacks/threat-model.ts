/** Shared by the attacks that compare one query of the model with cuts set on a shadow model. */
export const outputsAndShadow =
  'One query per record returns the probabilities of all classes; the true label is known; one shadow model, trained ' +
  "with the target's own loss, defense and settings on other records of the same population, sets the cuts.";

/** For the attack that needs neither probabilities nor a shadow model. */
export const labelOnly =
  'One query per record returns the predicted class; the true label is known; no shadow model.';
