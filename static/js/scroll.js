/** The view of a list as one that scrolls without end. */

import { NumberedView } from "genonaut/numbered";

export class ScrollView extends NumberedView {}
