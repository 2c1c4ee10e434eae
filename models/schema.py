"""Every table of the house in one place: what migrations are compared with."""

from sqlmodel import SQLModel

import models.approval.tables
import models.batch.tables
import models.calendar.tables
import models.call.tables
import models.case.tables
import models.comment.tables
import models.document.tables
import models.handover.tables
import models.laporan.tables
import models.musdes.tables
import models.notice.tables
import models.policy.tables
import models.reads.tables
import models.region.tables
import models.register.tables
import models.request.tables
import models.rule.tables
import models.sanggah.tables
import models.signin.tables
import models.siklus.tables
import models.staff.tables
import models.stuck.tables
import models.tally.tables
import models.user.tables
import models.usulan.tables

NOUNS = (
    models.approval.tables,
    models.batch.tables,
    models.calendar.tables,
    models.call.tables,
    models.case.tables,
    models.comment.tables,
    models.document.tables,
    models.handover.tables,
    models.laporan.tables,
    models.musdes.tables,
    models.notice.tables,
    models.policy.tables,
    models.reads.tables,
    models.region.tables,
    models.register.tables,
    models.request.tables,
    models.rule.tables,
    models.sanggah.tables,
    models.siklus.tables,
    models.signin.tables,
    models.staff.tables,
    models.stuck.tables,
    models.tally.tables,
    models.user.tables,
    models.usulan.tables,
)
"""The modules that declare tables; each adds its own to the metadata when it is imported."""

METADATA = SQLModel.metadata
