/** The one page cache of this document: whatever list is shown, its pages are kept here. */

import { PageCache } from "genonaut/cache";

export const cache = new PageCache();
