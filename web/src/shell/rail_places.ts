// How many places stand in the bar of a phone, and which go behind "More". Pure.

const kInBar = 5;

/** How many of `count` places stay in the bar; with more than five the fifth place is "More" itself. */
export const placesInBar = (count: number) => (count <= kInBar ? count : kInBar - 1);
