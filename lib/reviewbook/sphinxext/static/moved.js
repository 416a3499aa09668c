/* Leads from an anchor that stood on this page to the page that holds it now. Without this script
   the address shows the entry of the list, whose link leads on. */
(function () {
  "use strict";
  var follow = function () {
    var id = decodeURIComponent(location.hash.slice(1));
    var place = id && document.getElementById(id);
    var moved = place && place.closest("[data-moved]");
    if (!moved) return;
    var target = moved.dataset.moved;
    location.replace("whole" in moved.dataset ? target : target + "#" + encodeURIComponent(id));
  };
  addEventListener("hashchange", follow);
  follow();
})();
